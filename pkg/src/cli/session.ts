// The database of a command, and its password.

import { existsSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect, type Database } from "../index.js";
import { askUnseen, interruptNow } from "./host.js";
import { type Arguments, numberOf, UsageError } from "./usage.js";

export const text = { type: "string" } as const;
export const flag = { type: "boolean" } as const;

export async function withDatabase<T>(args: Arguments, create: boolean, body: (db: Database) => Promise<T>): Promise<T> {
  const timeout = numberOf("--timeout", args.values.timeout);
  const path = args.positionals[0]!;
  const isNew = create && !existsSync(path);
  const db = await connect(path, {
    create,
    readOnly: Boolean(args.values["read-only"]),
    ...(timeout === undefined ? {} : { queryTimeout: timeout }),
  });
  let done = false;
  try {
    await db.call("setCancelCheck", interruptNow);
    const result = await body(db);
    done = true;
    return result;
  } finally {
    await db.close();
    // A file that was made for nothing.
    if (!done && isNew && statSync(path, { throwIfNoEntry: false })?.size === 0) rmSync(path, { force: true });
  }
}

export const PASSWORD = { "ask-password": flag, "password-env": text, "password-file": text };
export const PASSWORD_HELP = {
  "--ask-password": "asks for the password on the terminal",
  "--password-env NAME": "the variable that holds it",
  "--password-file PATH": "the file that holds it, on its first line",
};

/** Passwords on a command line could be read by every user of the machine, so they come from elsewhere. */
export async function passwordOf(args: Arguments, twice: boolean): Promise<string | undefined> {
  const { "password-env": name, "password-file": file, "ask-password": ask } = args.values;
  if ([name, file, ask].filter((each) => each !== undefined).length > 1)
    throw new UsageError("one of --ask-password, --password-env and --password-file is enough");
  if (ask) {
    const password = await asked("password: ");
    if (twice && (await asked("once more: ")) !== password) throw new Error("the passwords are not the same");
    return password;
  }
  if (typeof file === "string") {
    const content = await readFile(file, "utf8").catch((error: Error) => {
      throw new Error(`the password file cannot be read: ${error.message}`);
    });
    const [password] = content.split(/\r?\n/, 1);
    if (!password) throw new Error(`the first line of "${file}" is empty, where the password should be`);
    return password;
  }
  if (typeof name !== "string") return undefined;
  const password = process.env[name];
  if (!password) throw new Error(`the environment variable ${name} is ${password === undefined ? "not set" : "empty"}`);
  return password;
}

async function asked(question: string): Promise<string> {
  const password = await askUnseen(question);
  if (password === undefined) throw new Error("there is no terminal to ask for a password; --password-env or --password-file gives it");
  if (password === "") throw new Error("no password was given");
  return password;
}
