// The change log: recorded change sets, and the way back to any of them.

import { describe, invalid } from "./arguments.js";
import type { Database } from "./database.js";

/** One point to which `db.restore({to: id})` can go back. */
export interface HistoryEntry {
  id: number;
  at: Date;
  /** A change set, or a whole image from which the next ones start. */
  kind: "change" | "base";
  bytes: number;
  /** The beginning of the statement that ended the transaction, or why a base was taken. */
  note: string;
}

/** Point-in-time recovery. In memory for databases in memory; for a file, in the file `<name>-history` beside it. */
export class History {
  #queue: Promise<unknown> = Promise.resolve();
  constructor(readonly database: Database) {}

  /** Begins to record. What has been recorded of a file before is continued if nobody else has written to it since. */
  async enable(): Promise<void> {
    const file = await this.database.call("fileName");
    if (file !== undefined && this.database.isLocal) {
      // The log is locked as its database is.
      const { hostFiles } = await import("./storage-node.js");
      const host = await hostFiles();
      if (this.database.options.locking === "none") host.unlocked();
      else await host.useLocks();
    }
    await this.database.call("historyEnable", file === undefined ? undefined : `${file}-history`);
  }

  /** Ends recording; a log in memory is gone, a file stays. */
  async disable(): Promise<void> {
    await this.database.call("historyDisable");
  }

  async list(): Promise<HistoryEntry[]> {
    const entries = JSON.parse(await this.database.call("historyList")) as (Omit<HistoryEntry, "at"> & { at: number })[];
    return entries.map((entry) => ({ ...entry, at: new Date(entry.at * 1000) }));
  }

  /** Forgets everything before a point in time, which itself stays; the number of entries that went. */
  async prune(options: { before: Date | number } | { keep: number }): Promise<number> {
    if (typeof options !== "object" || options === null)
      throw invalid("history.prune", `options are an object, not ${describe(options)}`, "{before: date or id}, or {keep: n}");
    if ("keep" in options) {
      if (!Number.isSafeInteger(options.keep) || options.keep < 1)
        throw invalid("history.prune", `keep is a number of entries, not ${describe(options.keep)}`);
      const entries = await this.list();
      const first = entries.at(-Math.min(options.keep, entries.length));
      return first ? this.database.call("historyPrune", true, first.id) : 0;
    }
    const { isId, value } = pointOf("history.prune", options.before);
    return this.database.call("historyPrune", isId, value);
  }

  /** Use `db.restore({to})`. */
  restore(to: Date | number, foreignKeys = true): Promise<string> {
    const { isId, value } = pointOf("restore", to);
    const done = this.#queue.then(() => this.database.call("historyRestore", isId, value, foreignKeys) as Promise<string>);
    this.#queue = done.catch(() => {});
    return done;
  }
}

function pointOf(verb: string, to: unknown): { isId: boolean; value: number } {
  if (to instanceof Date && !Number.isNaN(to.getTime())) return { isId: false, value: to.getTime() / 1000 };
  if (typeof to === "number" && Number.isSafeInteger(to)) return { isId: true, value: to };
  throw invalid(verb, `a Date or the id of an entry is expected, not ${describe(to)}`);
}
