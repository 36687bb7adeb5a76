import { ExprNode, type ExprOp } from "./plan.js";

const SYMBOLS: Partial<Record<ExprOp, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  mod: "%",
  eq: "=",
  ne: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
  eqNullSafe: "<=>",
  and: "AND",
  or: "OR",
  bitAnd: "&",
  bitOr: "|",
  bitXor: "^",
};

/** A reading aid, not SQL: cut where it gets deep. */
export function sketch(node: ExprNode, depth: number): string {
  const { op, fields } = node;
  const inner = (value: unknown): string => (value instanceof ExprNode ? (depth > 0 ? sketch(value, depth - 1) : "…") : "");
  const list = (value: unknown): string =>
    (value as unknown[]).slice(0, 8).map(inner).join(", ") + ((value as unknown[]).length > 8 ? ", …" : "");
  if (SYMBOLS[op]) return `(${inner(fields.left)} ${SYMBOLS[op]} ${inner(fields.right)})`;
  switch (op) {
    case "column":
      return String(fields.name);
    case "star":
      return fields.relation === undefined ? "*" : `${String(fields.relation)}.*`;
    case "literal":
      return typeof fields.value === "string" ? `'${fields.value}'` : JSON.stringify(fields.value);
    case "text":
      return String(fields.sql);
    case "call":
      return `${String(fields.name)}(${fields.distinct ? "DISTINCT " : ""}${list(fields.args)})`;
    case "cast":
      return `CAST(${inner(fields.arg)} AS ${String(fields.to)})`;
    case "alias":
      return `${inner(fields.arg)} AS ${(fields.names as string[]).join(", ")}`;
    case "sort":
      return `${inner(fields.arg)} ${fields.descending ? "DESC" : "ASC"}`;
    case "in":
      return `${inner(fields.arg)} IN (${list(fields.list)})`;
    case "item":
      return `${inner(fields.arg)}[${inner(fields.key)}]`;
    case "window":
      return `${inner(fields.function)} OVER (…)`;
    case "case":
      return "CASE …";
    case "isNull":
      return `${inner(fields.arg)} IS NULL`;
    case "isNotNull":
      return `${inner(fields.arg)} IS NOT NULL`;
    default:
      return `${op}(${inner(fields.arg)})`;
  }
}
