/** Which code is maintenance: the callback of `db.maintenance`, where the platform can tell. */
import { type Context, newContext } from "./context.js";

let context: Context<object> | null | undefined;

/** Runs `body`; statements on the database `root` inside of it are maintenance. */
export function runAsMaintainer<T>(root: object, body: () => T): T {
  if (context === undefined) context = newContext<object>();
  return context ? context.run(root, body) : body();
}

export function isMaintainer(root: object): boolean {
  return context?.getStore() === root;
}
