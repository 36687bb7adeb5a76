// The commands, one object each. They use the package as any program would.

import { readFile } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { connect, type Database, recover } from "../index.js";
import { output, Progress, printTable } from "./output.js";

export interface Arguments {
  positionals: string[];
  values: Record<string, string | boolean | undefined>;
  json: boolean;
  /** Draw a progress bar? */
  progress: boolean;
}

export interface Command {
  summary: string;
  usage: string;
  /** The least and the greatest number of arguments. */
  takes: [number, number];
  options?: Record<string, { type: "string" | "boolean" }>;
  help?: Record<string, string>;
  run(args: Arguments): Promise<number | undefined>;
}

/** What was typed is at fault: exit code 2. */
export class UsageError extends Error {}

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const PASSWORD = { "password-env": text, "password-file": text };
const PASSWORD_HELP = {
  "--password-env NAME": "the variable that holds the password",
  "--password-file PATH": "the file that holds it, on its first line",
};

async function withDatabase<T>(args: Arguments, create: boolean, body: (db: Database) => Promise<T>): Promise<T> {
  const timeout = numberOf("--timeout", args.values.timeout);
  const db = await connect(args.positionals[0]!, {
    create,
    readOnly: Boolean(args.values["read-only"]),
    ...(timeout === undefined ? {} : { queryTimeout: timeout }),
  });
  try {
    return await body(db);
  } finally {
    await db.close();
  }
}

function numberOf(option: string, value: string | boolean | undefined): number | undefined {
  if (value === undefined) return undefined;
  const n = Number(value);
  if (value === "" || !(n >= 0)) throw new UsageError(`${option} is a number from 0, not "${value}"`);
  return n;
}

function jsonOf(option: string, value: string | boolean): any {
  try {
    return JSON.parse(String(value));
  } catch (error) {
    throw new UsageError(`${option} is not JSON: ${(error as Error).message}`);
  }
}

/** Passwords on a command line could be read by every user of the machine, so they come from elsewhere. */
async function passwordOf(args: Arguments): Promise<string | undefined> {
  const { "password-env": name, "password-file": file } = args.values;
  if (typeof file === "string") return (await readFile(file, "utf8")).split(/\r?\n/, 1)[0];
  if (typeof name !== "string") return undefined;
  const password = process.env[name];
  if (!password) throw new Error(`the environment variable ${name} is not set`);
  return password;
}

export const commands: Record<string, Command> = {
  query: {
    summary: "Runs SQL and prints its rows",
    usage: "<database> <sql | -> [--params JSON] [--limit N]",
    takes: [2, 2],
    options: { params: text, limit: text },
    help: { "--params JSON": "an array for ?, an object for :name", "--limit N": "rows printed as a table; all with --json" },
    run: (args) =>
      withDatabase(args, false, async (db) => {
        const sql = args.positionals[1] === "-" ? await standardInput() : args.positionals[1]!;
        const params = args.values.params === undefined ? undefined : jsonOf("--params", args.values.params);
        const limit = numberOf("--limit", args.values.limit) ?? 1000;
        const rows = await db.query(sql, params);
        if (args.json) output(rows);
        else printTable(rows.columns ?? [], rows, limit);
        return 0;
      }),
  },

  import: {
    summary: "Loads a CSV, JSON, JSONL or text file into a table",
    usage: "<database> <file> [--table NAME] [--if-exists error|append|replace] [--format …]",
    takes: [2, 2],
    options: { table: text, "if-exists": text, format: text, delimiter: text, "no-header": flag },
    help: {
      "--table NAME": "the file's name by default",
      "--if-exists WHAT": "error (default), append, replace",
      "--format F": "csv, json, jsonl, text; by the file's ending",
      "--delimiter C": "or auto",
      "--no-header": "the first record is data",
    },
    run: (args) =>
      withDatabase(args, true, async (db) => {
        const file = args.positionals[1]!;
        const plain = file.replace(/\.(gz|zz)$/, "");
        const format = String(
          args.values.format ?? { ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".txt": "text" }[extname(plain)] ?? "csv",
        );
        const table = String(args.values.table ?? basename(plain, extname(plain)));
        const bar = new Progress(args.progress, `loading ${basename(file)}`);
        const reader = db.read as unknown as Record<string, (source: string, options: object) => Promise<any>>;
        if (!["csv", "json", "jsonl", "text"].includes(format))
          throw new Error(`there is no format "${format}"; formats are csv, json, jsonl, text`);
        const frame = await reader[format]!(file, {
          table,
          ifExists: args.values["if-exists"] ?? "error",
          ...(args.values.delimiter === undefined ? {} : { delimiter: args.values.delimiter }),
          ...(args.values["no-header"] ? { header: false } : {}),
          onProgress: (p: { bytes: number; totalBytes?: number; rows: number }) => bar.show(p.bytes, p.totalBytes, `${p.rows} rows`),
        });
        bar.end();
        const report = frame.readReport ?? {};
        if (args.json) output({ table, ...report });
        else {
          console.log(`${report.rows ?? (await frame.count())} rows into "${table}"`);
          if (report.problems?.total) console.error(`${report.problems.total} problems: ${JSON.stringify(report.problems.byKind)}`);
        }
        return 0;
      }),
  },

  export: {
    summary: "Writes a table or a query as CSV, JSON or JSONL, or the database as SQL",
    usage: "<database> [table | SELECT …] [--to FILE] [--format csv|json|jsonl|sql]",
    takes: [1, 2],
    options: { to: text, format: text },
    help: { "--to FILE": "standard output by default", "--format F": "csv by default; sql, for the whole database, without a table" },
    run: (args) =>
      withDatabase(args, false, async (db) => {
        const [, what] = args.positionals;
        const to = args.values.to === undefined ? undefined : String(args.values.to);
        const format = String(
          args.values.format ?? (what === undefined ? "sql" : (to && { ".json": "json", ".jsonl": "jsonl" }[extname(to)]) || "csv"),
        );
        if (what === undefined || format === "sql") {
          const sql = await db.dump();
          if (to === undefined) process.stdout.write(sql);
          else await (await import("node:fs/promises")).writeFile(to, sql);
          if (to !== undefined && args.json) output({ to, format: "sql" });
          return 0;
        }
        if (!["csv", "json", "jsonl"].includes(format))
          throw new Error(`there is no format "${format}"; formats are csv, json, jsonl, sql`);
        const frame = /^\s*(select|with|values)\b/i.test(what) ? db.sql(what) : db.table(what);
        const writer = frame.write as unknown as Record<string, (target?: string) => Promise<unknown>>;
        const written = await writer[format]!(to);
        if (to === undefined) process.stdout.write(String(written));
        else if (args.json) output({ to, format });
        return 0;
      }),
  },

  schema: {
    summary: "Lists tables and views, or the columns of one",
    usage: "<database> [table]",
    takes: [1, 2],
    run: (args) =>
      withDatabase(args, false, async (db) => {
        const [, table] = args.positionals;
        if (table === undefined) {
          const all = [
            ...(await db.tables()).map((name: string) => ({ name, kind: "table" })),
            ...(await db.views()).map((name: string) => ({ name, kind: "view" })),
          ];
          if (args.json) output(all);
          else printTable(["name", "kind"], all);
        } else {
          const columns = (await db.schema(table)) as unknown as Record<string, unknown>[];
          if (args.json) output(columns);
          else printTable(Object.keys(columns[0] ?? {}), columns);
        }
        return 0;
      }),
  },

  check: {
    summary: "Checks the integrity of the database and its foreign keys; exits with 3 if something is wrong",
    usage: "<database>",
    takes: [1, 1],
    run: (args) =>
      withDatabase(args, false, async (db) => {
        const integrity = await db.query("PRAGMA integrity_check(100)").then(
          (rows) => rows.map((row) => String(row.integrity_check)),
          (error: Error) => [error.message],
        );
        // A damaged page may keep the foreign keys from being read at all.
        const foreignKeys = await db.query("PRAGMA foreign_key_check").catch((error: Error) => {
          integrity.push(error.message);
          return [] as Record<string, unknown>[];
        });
        const ok = integrity.length === 1 && integrity[0] === "ok" && foreignKeys.length === 0;
        if (args.json) output({ ok, integrity, foreignKeys });
        else {
          console.log(ok ? "ok" : integrity.join("\n"));
          for (const row of foreignKeys) console.log(`a row of "${row.table}" (rowid ${row.rowid}) refers to no row of "${row.parent}"`);
        }
        return ok ? 0 : 3;
      }),
  },

  backup: {
    summary: "Copies the database to a file while it is in use",
    usage: "<database> <target> [--compress] [--password-env NAME | --password-file PATH]",
    takes: [2, 2],
    options: { compress: flag, ...PASSWORD },
    help: { "--compress": "gzip", ...PASSWORD_HELP },
    run: (args) =>
      withDatabase(args, false, async (db) => {
        const password = await passwordOf(args);
        const bar = new Progress(args.progress, "copying");
        const report = await db.backup(args.positionals[1]!, {
          ...(args.values.compress ? { compress: true } : {}),
          ...(password === undefined ? {} : { encrypt: { password } }),
          onProgress: (p) => bar.show(p.totalPages - p.remainingPages, p.totalPages, "pages"),
        });
        bar.end();
        if (args.json) output(report);
        else console.log(`${report.bytes} bytes, ${report.pages} pages, in ${report.elapsed.toFixed(2)} s`);
        return 0;
      }),
  },

  restore: {
    summary: "Replaces the database by a backup (or .sql text), after verifying it",
    usage: "<database> <source> [--password-env NAME | --password-file PATH] [--no-foreign-keys]",
    takes: [2, 2],
    options: { "no-foreign-keys": flag, ...PASSWORD },
    help: { "--no-foreign-keys": "accept rows that break a foreign key", ...PASSWORD_HELP },
    run: (args) =>
      withDatabase(args, true, async (db) => {
        const password = await passwordOf(args);
        const source = args.positionals[1]!;
        const from = source.endsWith(".sql") ? { sql: await readFile(source, "utf8") } : source;
        const report = await db.restore(from, {
          ...(password === undefined ? {} : { password }),
          foreignKeys: !args.values["no-foreign-keys"],
        });
        if (args.json) output(report);
        else console.log(`${report.tables} tables, ${report.bytes} bytes, in ${report.elapsed.toFixed(2)} s`);
        return 0;
      }),
  },

  recover: {
    summary: "Reads what is readable of a damaged database into a new file; exits with 3 if something was lost",
    usage: "<damaged> <target>",
    takes: [2, 2],
    run: async (args) => {
      const { image, report } = await recover(args.positionals[0]!);
      const db = await connect(image);
      await db.backup(args.positionals[1]!);
      await db.close();
      const lost =
        report.lostAndFound > 0 ||
        report.schemaRowsLost > 0 ||
        report.notRecreated.length > 0 ||
        report.tables.some((table) => table.rowsLost > 0 || table.pagesLost > 0);
      if (args.json) output(report);
      else {
        printTable(["name", "rows", "rowsLost", "pagesLost"], report.tables);
        if (report.lostAndFound) console.log(`${report.lostAndFound} rows of no known table are in "lost_and_found"`);
        for (const line of report.notRecreated) console.log(`not made again: ${line}`);
      }
      return lost ? 3 : 0;
    },
  },

  migrate: {
    summary: "Brings the schema to a version; the module exports its migrations",
    usage: "<database> <module.mjs> [--to VERSION] [--dry-run]",
    takes: [2, 2],
    options: { to: text, "dry-run": flag },
    help: { "--to VERSION": "the newest by default", "--dry-run": "on a copy" },
    run: (args) =>
      withDatabase(args, true, async (db) => {
        const module = await import(pathToFileURL(resolve(args.positionals[1]!)).href);
        const migrations = module.default ?? module.migrations;
        if (!Array.isArray(migrations)) throw new Error("the module must export an array of migrations, as default or as `migrations`");
        const { to } = args.values;
        // Versions are numbers, or texts if the module's are; 0 is the beginning either way.
        const isText = to !== "0" && migrations.some((migration) => typeof migration?.version === "string");
        const result = await db.migrate(migrations, {
          ...(to === undefined ? {} : { to: isText ? String(to) : numberOf("--to", to)! }),
          ...(args.values["dry-run"] ? { dryRun: true } : {}),
        });
        output(result ?? {}, args.json ? 0 : 2);
        return 0;
      }),
  },

  vacuum: {
    summary: "Rebuilds the database so that it is as small as it can be",
    usage: "<database>",
    takes: [1, 1],
    run: (args) =>
      withDatabase(args, false, async (db) => {
        const { statSync } = await import("node:fs");
        const before = statSync(args.positionals[0]!).size;
        await db.vacuum();
        const after = statSync(args.positionals[0]!).size;
        if (args.json) output({ before, after });
        else console.log(`${before} bytes before, ${after} bytes after`);
        return 0;
      }),
  },

  health: {
    summary: "Tells whether the database answers, and how fast; exits with 3 if it does not",
    usage: "<database>",
    takes: [1, 1],
    run: (args) =>
      withDatabase(args, false, async (db) => {
        const health = (await db.health()) as { healthy: boolean; message: string; latency?: number };
        if (args.json) output(health);
        else
          console.log(
            `${health.healthy ? "healthy" : "not healthy"}: ${health.message}${health.latency === undefined ? "" : ` (${(health.latency * 1000).toFixed(1)} ms)`}`,
          );
        return health.healthy ? 0 : 3;
      }),
  },
};

async function standardInput(): Promise<string> {
  let sql = "";
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin) sql += chunk;
  return sql;
}
