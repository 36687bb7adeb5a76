/** What `join` takes besides the two frames: how, and on what. */
import { describe, flatten, invalid, names, text } from "./arguments.js";
import { Column, toCondition } from "./column.js";
import { ExprNode, type Fields } from "./plan.js";

export type JoinHow =
  | "inner"
  | "left"
  | "left_outer"
  | "leftouter"
  | "right"
  | "right_outer"
  | "rightouter"
  | "full"
  | "outer"
  | "full_outer"
  | "fullouter"
  | "cross"
  | "semi"
  | "left_semi"
  | "leftsemi"
  | "anti"
  | "left_anti"
  | "leftanti";

const JOIN_KINDS: Readonly<Record<string, string>> = {
  inner: "inner",
  left: "left",
  leftouter: "left",
  right: "right",
  rightouter: "right",
  full: "full",
  outer: "full",
  fullouter: "full",
  cross: "cross",
  semi: "semi",
  leftsemi: "semi",
  anti: "anti",
  leftanti: "anti",
};

/** The fields of a join node beside its two sides. */
export function joinFields(on: unknown, how: unknown): Fields {
  const kind = JOIN_KINDS[text("join", how, "the kind of join").toLowerCase().replaceAll("_", "").replaceAll(" ", "")];
  if (kind === undefined) {
    throw invalid("join", `${describe(how)} is not a kind of join`, "kinds are inner, left, right, full, cross, semi, anti");
  }
  const list: unknown[] = on === undefined || on === null ? [] : flatten([on]);
  if (list.length === 0) return { kind };
  if (list.every((item) => typeof item === "string")) return { kind, using: names("join: on", list) };
  return { kind, condition: list.map(condition).reduce((left, right) => new ExprNode("and", { left, right })) };
}

function condition(item: unknown): ExprNode {
  if (typeof item === "boolean") return toCondition(item, "join: on");
  if (item instanceof Column) return item.node;
  throw invalid(
    "join: on",
    `names or Columns are expected, not ${describe(item)}`,
    'as in "id", ["a", "b"] or col("a.id").eq(col("b.id"))',
  );
}
