/** Groups: what `groupBy`, `rollup` and `cube` give. Keys come first in the result, then aggregates in the order given. */
import { describe, flatten, invalid, isPlainObject, names, unsupported } from "./arguments.js";
import { Column, columnNode } from "./column.js";
import { type ColumnArgument, DataFrame } from "./dataframe.js";
import { toLiteral } from "./literal.js";
import { ExprNode, PlanNode, type WireLiteral } from "./plan.js";

/** A Column, or columns with the names of functions: `{qty: "sum", "*": "count"}`. */
export type AggregateArgument = Column | Readonly<Record<string, string | readonly string[]>> | readonly Column[];

export type Grouping = "groupBy" | "rollup" | "cube";

interface PivotFields {
  readonly column: ExprNode;
  readonly values?: readonly WireLiteral[];
}

const callNode = (name: string, arg: ExprNode): ExprNode => new ExprNode("call", { name, args: [arg] });

export class GroupedData {
  constructor(
    readonly frame: DataFrame,
    readonly grouping: Grouping,
    readonly keys: readonly ExprNode[],
    readonly pivoted?: PivotFields,
  ) {
    Object.freeze(this);
  }

  agg(...aggregates: readonly AggregateArgument[]): DataFrame {
    return this.#aggregate(aggregateExprs("agg", aggregates));
  }
  /** Rows per group, as `count`. */
  count(): DataFrame {
    return this.#aggregate([new ExprNode("alias", { arg: callNode("count", new ExprNode("star", {})), names: ["count"] })]);
  }
  /** Of the named columns, or of all numeric ones. */
  sum(...cols: readonly (string | readonly string[])[]): DataFrame {
    return this.#each("sum", cols);
  }
  avg(...cols: readonly (string | readonly string[])[]): DataFrame {
    return this.#each("avg", cols);
  }
  mean(...cols: readonly (string | readonly string[])[]): DataFrame {
    return this.#each("avg", cols);
  }
  min(...cols: readonly (string | readonly string[])[]): DataFrame {
    return this.#each("min", cols);
  }
  max(...cols: readonly (string | readonly string[])[]): DataFrame {
    return this.#each("max", cols);
  }

  /** The values of a column become columns; without `values` they are read from the data when the frame runs. */
  pivot(column: string | Column, values?: readonly unknown[]): GroupedData {
    if (this.grouping !== "groupBy") throw unsupported("pivot", `after ${this.grouping} it has no meaning`, "use groupBy(…).pivot(…)");
    if (this.pivoted) throw unsupported("pivot", "there is one already", 'pivot by one column, for instance F.concatWs("_", a, b)');
    const node = column instanceof Column ? column.node : typeof column === "string" ? columnNode(column, "pivot") : null;
    if (node === null) throw invalid("pivot", `a name or a Column is expected, not ${describe(column)}`);
    if (values === undefined || values === null) return new GroupedData(this.frame, this.grouping, this.keys, { column: node });
    if (!Array.isArray(values)) throw invalid("pivot: values", `an array is expected, not ${describe(values)}`);
    const literals = values.map((value, i) => toLiteral(value, `pivot: value ${i + 1}`));
    return new GroupedData(this.frame, this.grouping, this.keys, { column: node, values: literals });
  }

  #each(fn: string, cols: readonly unknown[]): DataFrame {
    const list = names(fn, cols as readonly string[]);
    // The star of sum(*), avg(*) … is expanded by the engine to the numeric columns that are no keys.
    const args = list.length === 0 ? [new ExprNode("star", {})] : list.map((name) => columnNode(name, fn));
    return this.#aggregate(args.map((arg) => callNode(fn, arg)));
  }

  #aggregate(aggregates: ExprNode[]): DataFrame {
    const { frame, grouping, keys, pivoted } = this;
    return new DataFrame(frame.database, new PlanNode("aggregate", { input: frame.node, grouping, keys, aggregates, pivot: pivoted }));
  }
}

export type { ColumnArgument };

/** The arguments of `agg` as expressions. */
export function aggregateExprs(where: string, aggregates: readonly unknown[]): ExprNode[] {
  const exprs = flatten(aggregates).flatMap((value) => {
    if (value instanceof Column) return [value.node];
    if (isPlainObject(value)) {
      return Object.entries(value).flatMap(([column, fns]) =>
        flatten([fns]).map((fn) => {
          if (typeof fn !== "string") throw invalid(where, `the name of a function is expected for "${column}", not ${describe(fn)}`);
          return callNode(fn, columnNode(column, where));
        }),
      );
    }
    throw invalid(
      where,
      `Columns or an object {column: "sum"} are expected, not ${describe(value)}`,
      typeof value === "string" ? "as in F.sum(name)" : undefined,
    );
  });
  if (exprs.length === 0) throw invalid(where, "at least one aggregate is expected");
  return exprs;
}
