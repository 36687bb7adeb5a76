/**
 * Plan and expression nodes, and the encoder to the wire form that the engine reads.
 *
 * Nodes are frozen and refer to each other directly; a frame used twice is one node. The wire form
 * (`{version, exprs, nodes, root}`) is flat: entries refer to lower indexes, so that neither side recurses
 * and a plan of two thousand verbs is as safe as one of three.
 */

/** A value that crosses as it is: `{type, value}` in JSON. */
export interface WireLiteral {
  readonly type: string;
  readonly value: unknown;
}

export interface WirePlan {
  readonly version: 1;
  readonly exprs: readonly object[];
  readonly nodes: readonly object[];
  readonly root: number;
}

/** Fields of a node: other nodes (alone or in arrays), or plain JSON. Absent fields are left out. */
export type Fields = Readonly<Record<string, unknown>>;

class Node<Op extends string> {
  constructor(
    readonly op: Op,
    readonly fields: Fields,
  ) {
    Object.freeze(fields);
    Object.freeze(this);
  }
}

export type ExprOp =
  | "column"
  | "star"
  | "literal"
  | "not"
  | "neg"
  | "bitNot"
  | "isNull"
  | "isNotNull"
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "mod"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "eqNullSafe"
  | "and"
  | "or"
  | "bitAnd"
  | "bitOr"
  | "bitXor"
  | "call"
  | "cast"
  | "case"
  | "in"
  | "inQuery"
  | "exists"
  | "scalarQuery"
  | "alias"
  | "sort"
  | "window"
  | "item"
  | "text";

export type PlanOp =
  | "table"
  | "sql"
  | "values"
  | "project"
  | "withColumns"
  | "rename"
  | "drop"
  | "renameAll"
  | "alias"
  | "filter"
  | "sort"
  | "limit"
  | "offset"
  | "tail"
  | "distinct"
  | "distinctOn"
  | "sample"
  | "join"
  | "setOp"
  | "aggregate"
  | "unpivot"
  | "fillNa"
  | "dropNa"
  | "replace"
  | "describe"
  | "cte"
  | "recursive"
  | "recursiveRef"
  | "cache";

/** An expression: `new ExprNode("gt", { left, right })`. */
export class ExprNode extends Node<ExprOp> {
  declare private readonly isExpr: true;
}

/** A verb: `new PlanNode("filter", { input, condition })`. */
export class PlanNode extends Node<PlanOp> {
  declare private readonly isPlan: true;
}

/** JSON that the encoder does not look into: the rows of `values`, which may be many. */
export class Raw {
  constructor(readonly value: unknown) {}
}

type AnyNode = ExprNode | PlanNode;

const isNode = (value: unknown): value is AnyNode => value instanceof ExprNode || value instanceof PlanNode;

/** The nodes that a node refers to, in order. */
function children(node: AnyNode): AnyNode[] {
  const found: AnyNode[] = [];
  const look = (value: unknown): void => {
    if (isNode(value)) found.push(value);
    else if (Array.isArray(value)) for (const item of value) look(item);
    else if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
      for (const item of Object.values(value)) look(item);
    }
  };
  if (node.op === "literal") return found;
  for (const value of Object.values(node.fields)) look(value);
  return found;
}

/** Longer chains of AND or OR are balanced; shorter ones keep the shape in which they were written, which reads better in SQL. */
const CHAIN = 16;

/** The operands of a chain of AND or OR, left to right; one that occurs again adds nothing. */
function operands(node: ExprNode): ExprNode[] {
  const flat: ExprNode[] = [];
  const seen = new Set<ExprNode>();
  const stack: ExprNode[] = [node];
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.op === node.op) stack.push(next.fields.right as ExprNode, next.fields.left as ExprNode);
    else flat.push(next);
  }
  return flat;
}

class Encoder {
  readonly exprs: object[] = [];
  readonly nodes: object[] = [];
  readonly #ids = new Map<AnyNode, number>();

  /** Emits everything below `root` before `root` itself and gives its index. */
  encode(root: AnyNode): number {
    const stack: { node: AnyNode; below: AnyNode[]; next: number }[] = [];
    const enter = (node: AnyNode): void => {
      if (!this.#ids.has(node)) stack.push({ node, below: this.#below(node), next: 0 });
    };
    enter(root);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const child = top.below[top.next++];
      if (child) enter(child);
      else {
        stack.pop();
        if (!this.#ids.has(top.node)) this.#emit(top.node, top.below);
      }
    }
    return this.#id(root);
  }

  #id(node: AnyNode): number {
    const id = this.#ids.get(node);
    if (id === undefined) throw new Error(`the plan holds a cycle at "${node.op}"`);
    return id;
  }

  #below(node: AnyNode): AnyNode[] {
    if (node instanceof ExprNode && (node.op === "and" || node.op === "or")) {
      const flat = operands(node);
      if (flat.length > CHAIN) return flat;
    }
    return children(node);
  }

  #emit(node: AnyNode, below: AnyNode[]): void {
    if (node instanceof PlanNode) {
      this.#ids.set(node, this.nodes.push(this.#entry(node)) - 1);
    } else if ((node.op === "and" || node.op === "or") && below.length > CHAIN) {
      this.#ids.set(
        node,
        this.#balanced(
          node.op,
          below.map((operand) => this.#id(operand)),
        ),
      );
    } else {
      this.#ids.set(node, this.exprs.push(this.#entry(node)) - 1);
    }
  }

  /** A long chain as a tree of logarithmic depth in the same order: the reader of expressions recurses. */
  #balanced(op: "and" | "or", ids: number[]): number {
    if (ids.length <= CHAIN) return ids.reduce((left, right) => this.exprs.push({ op, left, right }) - 1);
    const middle = ids.length >> 1;
    const left = this.#balanced(op, ids.slice(0, middle));
    const right = this.#balanced(op, ids.slice(middle));
    return this.exprs.push({ op, left, right }) - 1;
  }

  #entry(node: AnyNode): object {
    const entry: Record<string, unknown> = { op: node.op };
    for (const [name, value] of Object.entries(node.fields)) {
      if (value !== undefined) entry[name] = node.op === "literal" ? value : this.#value(value);
    }
    return entry;
  }

  #value(value: unknown): unknown {
    if (isNode(value)) return this.#id(value);
    if (value instanceof Raw) return value.value;
    if (Array.isArray(value)) return value.map((item) => this.#value(item));
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#value(item)]));
    }
    return value;
  }
}

/** The plan below `root` in the wire form: plain data, fit for JSON and `structuredClone`. */
export function wirePlan(root: PlanNode): WirePlan {
  const encoder = new Encoder();
  const id = encoder.encode(root);
  return { version: 1, exprs: encoder.exprs, nodes: encoder.nodes, root: id };
}

/** The wire form as JSON text. */
export function encodePlan(root: PlanNode): string {
  return JSON.stringify(wirePlan(root));
}
