import type { DataFrame } from "./dataframe.js";
import { ExprNode, encodePlan, PlanNode } from "./plan.js";

/** The plan of `frame.count()`: one row, one column, the number of rows. */
export function wireCount(frame: DataFrame): string {
  const star = new ExprNode("call", { name: "count", args: [new ExprNode("star", {})] });
  const keys: never[] = [];
  return encodePlan(new PlanNode("aggregate", { input: frame.node, grouping: "groupBy", keys, aggregates: [star] }));
}
