/** A plan drawn from its wire form: steps from the tables down to the result, joined branches side by side. */
import type { WirePlan } from "moltres";
import { h } from "./dom.js";

type Entry = Record<string, any>;

const SYMBOLS: Record<string, string> = {
  add: "+", sub: "−", mul: "×", div: "÷", mod: "%", eq: "=", ne: "≠", lt: "<", le: "≤", gt: ">", ge: "≥", eqNullSafe: "<=>",
  and: "and", or: "or", bitAnd: "&", bitOr: "|", bitXor: "^",
};

/** An expression in a line; cut where it nests deeply. */
function expression(plan: WirePlan, id: number, depth = 5): string {
  const e = plan.exprs[id] as Entry;
  if (depth === 0) return "…";
  const of = (child: number): string => expression(plan, child, depth - 1);
  const list = (ids: number[]): string => ids.slice(0, 6).map(of).join(", ") + (ids.length > 6 ? ", …" : "");
  const symbol = SYMBOLS[e.op as string];
  if (symbol) {
    const side = (child: number): string => (/^(and|or)$/.test((plan.exprs[child] as Entry).op) && (plan.exprs[child] as Entry).op !== e.op ? `(${of(child)})` : of(child));
    return `${side(e.left)} ${symbol} ${side(e.right)}`;
  }
  switch (e.op) {
    case "column":
      return e.name;
    case "star":
      return e.relation ? `${e.relation}.*` : "*";
    case "literal":
      return e.value === null ? "NULL" : typeof e.value === "string" && e.type === "string" ? `'${e.value}'` : typeof e.value === "object" ? JSON.stringify(e.value) : String(e.value);
    case "text":
      return e.sql;
    case "call":
      return `${e.name}(${e.distinct ? "distinct " : ""}${list(e.args)})`;
    case "alias":
      return `${of(e.arg)} as ${e.names.join(", ")}`;
    case "cast":
      return `${of(e.arg)} as ${e.to}`;
    case "sort":
      return `${of(e.arg)} ${e.descending ? "↓" : "↑"}`;
    case "not":
      return `not (${of(e.arg)})`;
    case "neg":
      return `−${of(e.arg)}`;
    case "isNull":
      return `${of(e.arg)} is NULL`;
    case "isNotNull":
      return `${of(e.arg)} is not NULL`;
    case "in":
      return `${of(e.arg)} in (${list(e.list)})`;
    case "inQuery":
      return `${of(e.arg)} in (frame)`;
    case "exists":
      return e.negated ? "not exists (frame)" : "exists (frame)";
    case "scalarQuery":
      return "(value of a frame)";
    case "case":
      return `when ${e.branches.slice(0, 2).map(([c, v]: [number, number]) => `${of(c)} → ${of(v)}`).join("; ")}${e.branches.length > 2 ? "; …" : ""}`;
    case "window": {
      const over = [e.partitionBy.length ? `by ${list(e.partitionBy)}` : "", e.orderBy.length ? `order ${list(e.orderBy)}` : ""].filter(Boolean).join(", ");
      return `${of(e.function)} over (${over})`;
    }
    case "item":
      return `${of(e.arg)}[${of(e.key)}]`;
    default:
      return e.op;
  }
}

/** A step in the words of its verb. */
function step(plan: WirePlan, node: Entry): [verb: string, detail: string] {
  const exprs = (ids: number[]): string => ids.map((id) => expression(plan, id)).join(", ");
  switch (node.op) {
    case "table":
      return ["table", node.name];
    case "sql":
      return ["sql", node.sql];
    case "values":
      return ["createDataFrame", `${node.rows.length} rows · ${node.schema.map((field: Entry) => field.name).join(", ")}`];
    case "project":
      return ["select", exprs(node.exprs)];
    case "withColumns":
      return ["withColumn", node.columns.map(([name, id]: [string, number]) => `${name} = ${expression(plan, id)}`).join(", ")];
    case "rename":
      return ["withColumnRenamed", node.pairs.map(([from, to]: [string, string]) => `${from} → ${to}`).join(", ")];
    case "renameAll":
      return ["toDF", node.names.join(", ")];
    case "drop":
      return ["drop", exprs(node.columns)];
    case "filter":
      return ["where", expression(plan, node.condition)];
    case "sort":
      return ["orderBy", exprs(node.keys)];
    case "aggregate": {
      const pivot = node.pivot ? ` · pivot ${expression(plan, node.pivot.column)}` : "";
      return [node.keys.length ? node.grouping : "agg", `${exprs(node.keys)}${pivot}${node.keys.length || pivot ? " → " : ""}${exprs(node.aggregates)}`];
    }
    case "join":
      return [`${node.kind} join`, node.using ? `on ${node.using.join(", ")}` : node.condition === undefined ? "" : `on ${expression(plan, node.condition)}`];
    case "setOp":
      return [`${node.kind}${node.all ? " all" : ""}`, node.byName ? "by name" : ""];
    case "limit":
    case "offset":
    case "tail":
      return [node.op, String(node.n)];
    case "distinctOn":
      return ["dropDuplicates", node.names.join(", ")];
    case "fillNa":
      return ["fillna", node.value ? String(node.value.value) : node.byColumn.map(([name, { value }]: [string, Entry]) => `${name} = ${value}`).join(", ")];
    case "alias":
    case "cte":
      return [node.op, node.name];
    default:
      return [node.op, ""];
  }
}

/** The whole plan; frames used twice are drawn once and then named. */
export function planView(plan: WirePlan): HTMLElement {
  const seen = new Map<number, number>();
  let labels = 0;
  const nodes = plan.nodes as Entry[];

  const draw = (id: number): HTMLElement => {
    // A run of steps with one input each is a list; only joins and unions nest.
    const run: number[] = [];
    let at: number | undefined = id;
    let branch: HTMLElement | null = null;
    while (at !== undefined) {
      const node: Entry = nodes[at] as Entry;
      if (seen.has(at)) {
        branch = h("div", { class: "step again" }, h("b", {}, "the same frame"), h("span", {}, `as ${step(plan, node)[0]} above`));
        break;
      }
      seen.set(at, labels++);
      run.push(at);
      if (node.left !== undefined) {
        branch = h("div", { class: "branches" }, draw(node.left), draw(node.right));
        break;
      }
      if (node.step !== undefined) {
        branch = h("div", { class: "branches" }, draw(node.base), draw(node.step));
        break;
      }
      at = node.input ?? (node.op === "recursiveRef" ? undefined : node.base);
    }
    const list = h("ol", { class: "steps" });
    if (branch) list.append(h("li", {}, branch));
    for (const one of run.reverse()) {
      const [verb, detail] = step(plan, nodes[one] as Entry);
      list.append(h("li", {}, h("div", { class: `step ${(nodes[one] as Entry).op}` }, h("b", {}, verb), detail ? h("span", { title: detail }, detail) : null)));
    }
    return list;
  };
  return h("div", { class: "plan-tree" }, draw(plan.root));
}
