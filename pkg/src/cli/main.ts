// The command line: `npx moltres <command>`. Results go to standard output, everything else to standard error.
// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a check found something.

import { parseArgs } from "node:util";
import { MoltresError, version } from "../index.js";
import { type Arguments, type Command, commands, UsageError } from "./commands.js";

const COMMON = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  "read-only": { type: "boolean" },
  timeout: { type: "string" },
} as const;

export async function main(argv: string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    const asked = name === "help" && rest[0] ? commands[rest[0]] : undefined;
    process.stdout.write(asked ? helpOf(rest[0]!, asked) : overview());
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const json = rest.includes("--json");
  try {
    const command = Object.hasOwn(commands, name) ? commands[name]! : undefined;
    if (!command) throw new UsageError(`there is no command "${name}"; commands are ${Object.keys(commands).join(", ")}`);
    const { values, positionals } = parse(command, rest);
    if (values.help) {
      process.stdout.write(helpOf(name, command));
      return 0;
    }
    const [least, most] = command.takes;
    if (positionals.length < least || positionals.length > most) throw new UsageError(`usage: moltres ${name} ${command.usage}`);
    return (
      (await command.run({ positionals, values, json, progress: !values.quiet && !json && Boolean(process.stderr.isTTY) } as Arguments)) ??
      0
    );
  } catch (error) {
    report(error, json);
    return error instanceof UsageError ? 2 : 1;
  }
}

function parse(command: Command, args: string[]) {
  try {
    return parseArgs({ args, options: { ...COMMON, ...command.options }, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function report(error: unknown, json: boolean): void {
  const known = error instanceof MoltresError;
  const message = error instanceof Error ? error.message : String(error);
  if (json) {
    process.stderr.write(
      `${JSON.stringify({ error: known ? error : { code: error instanceof UsageError ? "usage" : "failed", message } })}\n`,
    );
    return;
  }
  process.stderr.write(`moltres: ${message}${known ? ` [${error.code}]` : ""}\n`);
  if (known && error.hint) process.stderr.write(`  hint: ${error.hint}\n`);
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, command]) => `  ${name.padEnd(width)}  ${command.summary}`);
  return `moltres ${version}: DataFrames over SQLite, from a terminal\n\nusage: moltres <command> …\n\n${lines.join("\n")}\n\nmoltres <command> --help tells more. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a check found something.\n`;
}

function helpOf(name: string, command: Command): string {
  const options = Object.entries({
    ...command.help,
    "--json": "the result as JSON, errors too",
    "--quiet": "no progress",
    "--read-only": "writes are refused",
    "--timeout S": "seconds until a statement is stopped",
  });
  const width = Math.max(...options.map(([option]) => option.length));
  const lines = options.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`);
  return `moltres ${name} ${command.usage}\n\n${command.summary}\n\n${lines.join("\n")}\n`;
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
});
process.exitCode = await main(process.argv.slice(2));
