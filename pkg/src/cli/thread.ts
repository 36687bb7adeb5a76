// The thread that runs a command. Results go to standard output, everything else to standard error.
// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a check found something, 128 + the signal's number stopped by a signal (130 after Ctrl-C).

import { MoltresError, version } from "../index.js";
import { commands } from "./commands.js";
import { finish, Stopped, stopCode } from "./host.js";
import { endProgress, ReaderGone, say, write } from "./output.js";
import { nearest, parse, UsageError } from "./usage.js";

async function main(argv: string[]): Promise<number> {
  const at = argv.findIndex((each) => !each.startsWith("-"));
  const name = argv[at];
  const json = argv.includes("--json");
  try {
    if (name === undefined || name === "help") {
      const asked = name && argv.slice(at + 1).find((each) => !each.startsWith("-"));
      if (asked) write(helpOf(asked));
      else if (argv.includes("--version") || argv.includes("-v")) write(`${version}\n`);
      else if (name || argv.includes("--help") || argv.includes("-h")) write(overview());
      else if (argv.length === 0) return say(overview(), 2);
      else throw new UsageError(`a command is missing; commands are ${Object.keys(commands).join(", ")}`);
      return 0;
    }
    const command = commandOf(name);
    const { values, positionals } = parse(name, command, argv.toSpliced(at, 1));
    if (values.help) {
      write(helpOf(name));
      return 0;
    }
    return await command.run({ positionals, values, json, progress: !values.quiet && !json });
  } catch (error) {
    endProgress();
    // A reader that has seen enough, such as `head`, is no error.
    if (error instanceof ReaderGone) return 0;
    const stopped = stopCode();
    if (stopped)
      return say(json ? `${JSON.stringify({ error: { code: "cancelled", message: "stopped" } })}\n` : "moltres: stopped\n", stopped);
    return say(told(error, json), error instanceof UsageError ? 2 : 1);
  }
}

function commandOf(name: string) {
  if (Object.hasOwn(commands, name)) return commands[name]!;
  const names = Object.keys(commands);
  const near = nearest(name, names);
  throw new UsageError(`there is no command "${name}"; ${near ? `"${near}" might be meant` : `commands are ${names.join(", ")}`}`);
}

function told(error: unknown, json: boolean): string {
  const known = error instanceof MoltresError;
  const message = error instanceof Error ? error.message : String(error);
  const hint = known ? inTerminal(error) : undefined;
  if (json) {
    const plain = known ? { ...(error.toJSON() as object), hint } : { code: error instanceof UsageError ? "usage" : "failed", message };
    return `${JSON.stringify({ error: plain })}\n`;
  }
  return `moltres: ${message}${known ? ` [${error.code}]` : ""}\n${hint ? `  hint: ${hint}\n` : ""}`;
}

/** A hint in the words of this place: options are written otherwise here. */
function inTerminal(error: MoltresError): string | undefined {
  if (error.code === "wrong_password" && error.hint)
    return "--ask-password, --password-env NAME or --password-file PATH gives the password";
  if (error.code === "duplicate_column") return "AS gives each column a name of its own";
  return error.hint
    ?.replace(/ifExists: "append" adds to it, "replace" replaces it/, "--if-exists append adds to it, --if-exists replace replaces it")
    .replace(/^write\.mode\("overwrite"\).*/, "--overwrite replaces it");
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, command]) => `  ${name.padEnd(width)}  ${command.summary}`);
  return `moltres ${version}: DataFrames over SQLite, from a terminal

usage: moltres <command> …

${lines.join("\n")}

moltres <command> --help tells more.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a check found something, 130 stopped by Ctrl-C, 143 by SIGTERM.
`;
}

function helpOf(name: string): string {
  const command = commandOf(name);
  const options = Object.entries({
    ...command.help,
    "--json": "the result as JSON on standard output; errors as JSON on standard error",
    "--quiet": "no progress",
    "--read-only": "writes are refused",
    "--timeout S": "seconds until a statement is stopped",
  });
  const width = Math.max(...options.map(([option]) => option.length));
  const lines = options.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`);
  return `moltres ${name} ${command.usage}\n\n${command.summary}\n\n${lines.join("\n")}\n`;
}

try {
  finish(await main(process.argv.slice(2)));
} catch (error) {
  // Standard output itself may be what fails.
  finish(say(`moltres: ${error instanceof Stopped ? "stopped" : (error as Error).message}\n`, stopCode() || 1));
}
