// The commands, one object each. They use the package as any program would.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { MoltresError } from "../index.js";
import { fileCommands } from "./files.js";
import { standardInputText, throwIfStopped } from "./host.js";
import { output, outputRows, printTable, write } from "./output.js";
import { flag, text, withDatabase } from "./session.js";
import { type Command, jsonOf, numberOf } from "./usage.js";

const query: Command = {
  summary: "Runs SQL and prints its rows",
  usage: "<database> <sql | -> [--params JSON] [--limit N]",
  most: 2,
  options: { params: text, limit: text },
  help: { "--params JSON": "an array for ?, an object for :name", "--limit N": "rows printed as a table, 1000; all with --json" },
  async run(args) {
    const params = args.values.params === undefined ? undefined : jsonOf("--params", args.values.params);
    const limit = numberOf("--limit", args.values.limit) ?? 1000;
    const sql = args.positionals[1] === "-" ? await standardInputText() : args.positionals[1]!;
    return withDatabase(args, false, async (db) => {
      const { schema, readRows } = await db.queryStream(sql, params);
      if (args.json) {
        await outputRows(readRows());
        return 0;
      }
      const shown: object[] = [];
      let n = 0;
      for await (const rows of readRows()) {
        throwIfStopped();
        n += rows.length;
        if (shown.length < limit) shown.push(...rows.slice(0, limit - shown.length));
      }
      const columns = schema.map((field) => field.name);
      printTable(columns, shown, n);
      return 0;
    });
  },
};

const schema: Command = {
  summary: "Lists tables and views, or the columns of one",
  usage: "<database> [table]",
  most: 2,
  run: (args) =>
    withDatabase(args, false, async (db) => {
      const [, table] = args.positionals;
      const list =
        table === undefined
          ? [
              ...(await db.tables()).map((name: string) => ({ name, kind: "table" })),
              ...(await db.views()).map((name: string) => ({ name, kind: "view" })),
            ]
          : ((await db.schema(table)) as unknown as Record<string, unknown>[]);
      if (args.json) output(list);
      else printTable(Object.keys(list[0] ?? { name: "", kind: "" }), list);
      return 0;
    }),
};

const check: Command = {
  summary: "Checks the integrity of the database and its foreign keys; exits with 3 if something is wrong",
  usage: "<database>",
  most: 1,
  run: (args) =>
    withDatabase(args, false, async (db) => {
      const integrity = await db.query("PRAGMA integrity_check(100)").then((rows) => rows.map((row) => String(row.integrity_check)), found);
      // A damaged page may keep the foreign keys from being read at all.
      const foreignKeys = await db.query("PRAGMA foreign_key_check").catch((error: MoltresError) => {
        integrity.push(...found(error));
        return [] as Record<string, unknown>[];
      });
      const ok = integrity.length === 1 && integrity[0] === "ok" && foreignKeys.length === 0;
      if (args.json) output({ ok, integrity, foreignKeys });
      else {
        write(`${ok ? "ok" : integrity.join("\n")}\n`);
        for (const row of foreignKeys) write(`a row of "${row.table}" (rowid ${row.rowid}) refers to no row of "${row.parent}"\n`);
      }
      return ok ? 0 : 3;
    }),
};

/** What a check that fails has found; one that was not carried through has found nothing. */
function found(error: MoltresError): string[] {
  throwIfStopped();
  if (["busy", "query_timeout", "cancelled", "out_of_memory"].includes(error.code)) throw error;
  return [error.message];
}

const migrate: Command = {
  summary: "Brings the schema to a version; the module exports its migrations",
  usage: "<database> <module.mjs> [--to VERSION] [--dry-run]",
  most: 2,
  options: { to: text, "dry-run": flag },
  help: { "--to VERSION": "the newest by default", "--dry-run": "on a copy" },
  async run(args) {
    const path = resolve(args.positionals[1]!);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new Error(`migrate: there is no file "${args.positionals[1]}"`);
    const module = await import(pathToFileURL(path).href);
    const migrations = module.default ?? module.migrations;
    if (!Array.isArray(migrations)) throw new Error("the module must export an array of migrations, as default or as `migrations`");
    const { to } = args.values;
    // Versions are numbers, or texts if the module's are; 0 is the beginning either way.
    const isText = to !== "0" && migrations.some((migration) => typeof migration?.version === "string");
    const version = to === undefined ? undefined : isText ? String(to) : numberOf("--to", to)!;
    return withDatabase(args, true, async (db) => {
      const result = await db.migrate(migrations, {
        ...(version === undefined ? {} : { to: version }),
        ...(args.values["dry-run"] ? { dryRun: true } : {}),
      });
      output(result ?? {}, args.json ? 0 : 2);
      return 0;
    });
  },
};

const vacuum: Command = {
  summary: "Rebuilds the database so that it is as small as it can be",
  usage: "<database>",
  most: 1,
  run: (args) =>
    withDatabase(args, false, async (db) => {
      const size = () => statSync(args.positionals[0]!, { throwIfNoEntry: false })?.size ?? 0;
      const before = size();
      await db.vacuum();
      const after = size();
      if (args.json) output({ before, after });
      else write(`${before} bytes before, ${after} bytes after\n`);
      return 0;
    }),
};

const health: Command = {
  summary: "Tells whether the database answers, and how fast; exits with 3 if it does not",
  usage: "<database>",
  most: 1,
  run: (args) =>
    withDatabase(args, false, async (db) => {
      const { healthy, message, latency, ...rest } = (await db.health()) as { healthy: boolean; message: string; latency?: number };
      if (args.json) output({ healthy, message, latency, ...rest });
      else
        write(`${healthy ? "healthy" : "not healthy"}: ${message}${latency === undefined ? "" : ` (${(latency * 1000).toFixed(1)} ms)`}\n`);
      return healthy ? 0 : 3;
    }),
};

const { import: load, export: store, backup, restore, recover } = fileCommands as Record<string, Command>;

export const commands: Record<string, Command> = {
  query,
  import: load!,
  export: store!,
  schema,
  check,
  backup: backup!,
  restore: restore!,
  recover: recover!,
  migrate,
  vacuum,
  health,
};
