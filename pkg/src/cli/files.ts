// Commands between the database and files: import, export, backup, restore, recover. `-` is standard input or output.

import { writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { connect, recover } from "../index.js";
import { signal, standardInput, standardInputText, throwIfStopped } from "./host.js";
import { endProgress, jsonText, output, Progress, printTable, ReaderGone, say, write, writePart } from "./output.js";
import { flag, PASSWORD, PASSWORD_HELP, passwordOf, text, withDatabase } from "./session.js";
import { type Command, UsageError, wordOf } from "./usage.js";

const READ = ["csv", "json", "jsonl", "text"];
const WRITTEN = ["csv", "json", "jsonl", "sql"];
const ENDINGS: Record<string, string> = { ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".txt": "text", ".sql": "sql" };

export const fileCommands: Record<string, Command> = {
  import: {
    summary: "Loads a CSV, JSON, JSONL or text file into a table",
    usage: "<database> <file | -> [--table NAME] [--if-exists error|append|replace] [--format …]",
    most: 2,
    options: { table: text, "if-exists": text, format: text, delimiter: text, "no-header": flag },
    help: {
      "--table NAME": "the file's name by default",
      "--if-exists WHAT": "error (default), append, replace",
      "--format F": "csv, json, jsonl, text; by the file's ending, or csv",
      "--delimiter C": "or auto",
      "--no-header": "the first record is data",
    },
    async run(args) {
      const file = args.positionals[1]!;
      const { values } = args;
      const plain = file.replace(/\.(gz|zz)$/, "");
      const byEnding = ENDINGS[extname(plain)] ?? "csv";
      const format = wordOf("--format", values.format, READ, READ.includes(byEnding) ? byEnding : "csv");
      const ifExists = wordOf("--if-exists", values["if-exists"], ["error", "append", "replace"], "error");
      if (file === "-" && values.table === undefined) throw new UsageError("import: what comes from standard input needs --table NAME");
      if (format !== "csv") {
        const only = ["delimiter", "no-header"].find((option) => values[option] !== undefined);
        if (only) throw new UsageError(`import: --${only} is for csv, not for ${format}`);
      }
      return withDatabase(args, true, async (db) => {
        const table = String(values.table ?? basename(plain, extname(plain)));
        const bar = new Progress(args.progress, file === "-" ? "loading" : `loading ${basename(file)}`);
        const reader = db.read as unknown as Record<string, (source: unknown, options: object) => Promise<any>>;
        const frame = await reader[format]!(file === "-" ? standardInput() : file, {
          table,
          ifExists,
          ...(values.delimiter === undefined ? {} : { delimiter: values.delimiter }),
          ...(values["no-header"] ? { header: false } : {}),
          signal,
          onProgress: (p: { bytes: number; totalBytes?: number; rows: number }) => {
            throwIfStopped();
            bar.show(p.bytes, p.totalBytes, `${p.rows} rows`);
          },
        });
        endProgress();
        const report = frame.readReport ?? {};
        if (args.json) output({ table, ...report });
        else {
          write(`${report.rows ?? (await frame.count())} rows into "${table}"\n`);
          if (report.problems?.total) say(`${report.problems.total} problems: ${JSON.stringify(report.problems.byKind)}\n`);
        }
        return 0;
      });
    },
  },

  export: {
    summary: "Writes a table or a query as CSV, JSON or JSONL, or the database as SQL",
    usage: "<database> [table | SELECT …] [--to FILE] [--format csv|json|jsonl|sql] [--overwrite]",
    most: 2,
    options: { to: text, format: text, overwrite: flag },
    help: {
      "--to FILE": "standard output by default, or with -",
      "--format F": "csv by default; sql, for the whole database, without a table",
      "--overwrite": "a file that exists is replaced",
    },
    async run(args) {
      const [, what] = args.positionals;
      const to = args.values.to === undefined || args.values.to === "-" ? undefined : String(args.values.to);
      const byEnding = to === undefined ? undefined : ENDINGS[extname(to)];
      const usual = what === undefined ? "sql" : byEnding && byEnding !== "text" ? byEnding : "csv";
      const format = wordOf("--format", args.values.format, WRITTEN, usual);
      if (what !== undefined && format === "sql") throw new UsageError("export: sql is for the whole database, without a table or a query");
      if (what === undefined && format !== "sql") throw new UsageError(`export: ${format} needs a table or a query`);
      return withDatabase(args, false, async (db) => {
        const target = to ?? toOutput();
        const mode = args.values.overwrite ? "overwrite" : "error";
        if (what === undefined) {
          if (to === undefined) await db.call("dumpTo", writePart);
          else await writeText(to, (part) => db.call("dumpTo", part), Boolean(args.values.overwrite));
        } else {
          const frame = /^\s*(select|with|values)\b/i.test(what) ? db.sql(what) : db.table(what);
          const writer = frame.write.mode(mode) as unknown as Record<string, (target: unknown) => Promise<unknown>>;
          await writer[format]!(target);
        }
        if (to !== undefined && args.json) output({ to, format });
        return 0;
      });
    },
  },

  backup: {
    summary: "Copies the database to a file while it is in use",
    usage: "<database> <target | -> [--compress] [--ask-password | --password-env NAME | --password-file PATH]",
    most: 2,
    options: { compress: flag, ...PASSWORD },
    help: { "--compress": "gzip", ...PASSWORD_HELP },
    run: (args) =>
      withDatabase(args, false, async (db) => {
        const password = await passwordOf(args, true);
        const [, target] = args.positionals;
        const bar = new Progress(args.progress, "copying");
        const options = {
          ...(args.values.compress ? { compress: true } : {}),
          ...(password === undefined ? {} : { encrypt: { password } }),
          signal,
          onProgress: (p: { totalPages: number; remainingPages: number }) => {
            throwIfStopped();
            bar.show(p.totalPages - p.remainingPages, p.totalPages, "pages");
          },
        };
        const report = await db
          .backup(target === "-" ? { write: async (bytes: Uint8Array) => writePart(bytes) } : target!, options)
          .catch((error) => {
            // Half a backup is none.
            throw error instanceof ReaderGone ? new Error(error.message) : error;
          });
        endProgress();
        const told = args.json ? jsonText(report) : `${report.bytes} bytes, ${report.pages} pages, in ${report.elapsed.toFixed(2)} s`;
        if (target === "-") say(`${told}\n`);
        else write(`${told}\n`);
        return 0;
      }),
  },

  restore: {
    summary: "Replaces the database by a backup (or SQL text), after verifying it",
    usage: "<database> <source | -> [--sql] [--ask-password | --password-env NAME | --password-file PATH] [--no-foreign-keys]",
    most: 2,
    options: { sql: flag, "no-foreign-keys": flag, ...PASSWORD },
    help: {
      "--sql": "the source is SQL text, as files that end in .sql are",
      "--no-foreign-keys": "accept rows that break a foreign key",
      ...PASSWORD_HELP,
    },
    async run(args) {
      const source = args.positionals[1]!;
      if (source === "-" && args.values["ask-password"])
        throw new UsageError("restore: the terminal cannot be asked while standard input is the source; --password-env or --password-file");
      return withDatabase(args, true, async (db) => {
        const password = await passwordOf(args, false);
        const isText = Boolean(args.values.sql) || source.endsWith(".sql");
        const from = isText ? { sql: await textOf(source) } : source === "-" ? standardInput() : source;
        const report = await db.restore(from, {
          ...(password === undefined ? {} : { password }),
          foreignKeys: !args.values["no-foreign-keys"],
          signal,
        });
        if (args.json) output(report);
        else write(`${report.tables} tables, ${report.bytes} bytes, in ${report.elapsed.toFixed(2)} s\n`);
        return 0;
      });
    },
  },

  recover: {
    summary: "Reads what is readable of a damaged database into a new file; exits with 3 if something was lost",
    usage: "<damaged> <target>",
    most: 2,
    async run(args) {
      const [damaged, target] = args.positionals as [string, string];
      const [from, to] = await Promise.all([damaged, target].map((path) => stat(path, { bigint: true }).catch(() => undefined)));
      if (from && to && from.dev === to.dev && from.ino === to.ino)
        throw new UsageError("recover: the target is the damaged database itself; choose another path");
      const { image, report } = await recover(damaged);
      const db = await connect(image);
      await db.backup(target, { signal });
      await db.close();
      const lost =
        report.lostAndFound > 0 ||
        report.schemaRowsLost > 0 ||
        report.notRecreated.length > 0 ||
        report.tables.some((table) => table.rowsLost > 0 || table.pagesLost > 0);
      if (args.json) output(report);
      else {
        printTable(["name", "rows", "rowsLost", "pagesLost"], report.tables);
        if (report.lostAndFound) write(`${report.lostAndFound} rows of no known table are in "lost_and_found"\n`);
        for (const line of report.notRecreated) write(`not made again: ${line}\n`);
      }
      return lost ? 3 : 0;
    },
  },
};

/** Standard output as a stream whose writer waits for its reader. */
function toOutput(): WritableStream<Uint8Array> {
  return new WritableStream({ write: writePart });
}

async function textOf(source: string): Promise<string> {
  if (source === "-") return standardInputText();
  const { readFile } = await import("node:fs/promises");
  return readFile(source, "utf8").catch((error: Error) => {
    throw new Error(`restore: cannot read "${source}": ${error.message}`);
  });
}

/** By way of a file beside it, so that the path holds what it held or all of the text. */
async function writeText(path: string, content: (write: (part: string) => void) => Promise<unknown>, overwrite: boolean): Promise<void> {
  const { open, realpath, rename, rm } = await import("node:fs/promises");
  const found = await stat(path).catch(() => undefined);
  if (found && !overwrite && found.isFile()) throw new Error(`export: "${path}" exists; --overwrite replaces it`);
  const isSpecial = found !== undefined && !found.isFile();
  const place = found ? await realpath(path) : path;
  const written = isSpecial ? place : `${place}.${process.pid}.part`;
  try {
    const file = await open(written, "w");
    try {
      await content((part) => {
        throwIfStopped();
        writeFileSync(file.fd, part);
      });
      if (!isSpecial) await file.sync();
    } finally {
      await file.close();
    }
    throwIfStopped();
    if (!isSpecial) await rename(written, place);
  } catch (error) {
    if (!isSpecial) await rm(written, { force: true });
    throw (error as NodeJS.ErrnoException).syscall ? new Error(`export: "${path}" cannot be written: ${(error as Error).message}`) : error;
  }
}
