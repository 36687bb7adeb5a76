/** Errors as a person wants them: what went wrong, what may help, and the place in the SQL. */
import { MoltresError } from "moltres";
import { h } from "./dom.js";

export function errorView(error: unknown): HTMLElement {
  const known = error instanceof MoltresError;
  const message = error instanceof Error ? error.message : String(error);
  const kind = known ? error.code.replaceAll("_", " ") : error instanceof Error ? error.name : "error";
  const card = h("div", { class: "error-card" }, h("p", { class: "kind" }, kind), h("p", { class: "message" }, message));
  if (known && error.hint) card.append(h("p", { class: "hint" }, h("b", {}, "Hint "), error.hint));
  if (known && error.sql && error.position !== undefined) card.append(place(error.sql, error.position));
  return card;
}

/** The line of the SQL at fault with a mark under the place. */
function place(sql: string, offset: number): HTMLElement {
  const before = new TextDecoder().decode(new TextEncoder().encode(sql).subarray(0, offset));
  const from = before.lastIndexOf("\n") + 1;
  const to = sql.indexOf("\n", from);
  return h("pre", { class: "code" }, `${sql.slice(from, to < 0 ? sql.length : to)}\n${" ".repeat(before.length - from)}▲`);
}
