/** `df.na` and `df.stat`: PySpark's groupings of the verbs on missing values and statistics, and the reading of their arguments. */
import { count, describe, flatten, invalid, isPlainObject, names } from "./arguments.js";
import { call } from "./call.js";
import { Column, col, lit, when } from "./column.js";
import type { DataFrame } from "./dataframe.js";
import { toLiteral } from "./literal.js";
import type { Fields } from "./plan.js";

export type Scalar = null | boolean | number | bigint | string | Date;
export type Fill = boolean | number | bigint | string | Date | Readonly<Record<string, boolean | number | bigint | string | Date>>;

export interface DropNaOptions {
  /** `"any"`: one NULL drops the row (the default); `"all"`: only NULLs do. */
  how?: "any" | "all";
  /** Keep rows with at least this many values that are not NULL; then `how` does not matter. */
  thresh?: number;
  /** The columns looked at, all unless given. */
  subset?: string | readonly string[];
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || ["boolean", "number", "bigint", "string"].includes(typeof value) || value instanceof Date;

function subsetOf(where: string, subset: unknown): string[] | undefined {
  if (subset === undefined || subset === null) return undefined;
  return names(`${where}: subset`, [subset]);
}

export function fillFields(value: unknown, subset: unknown): Fields {
  if (isPlainObject(value)) {
    const byColumn = Object.entries(value).map(([name, fill]) => {
      if (!isScalar(fill) || fill === null) throw invalid(`fillna: ${name}`, `a value is expected, not ${describe(fill)}`);
      return [name, toLiteral(fill, `fillna: ${name}`)];
    });
    return { byColumn };
  }
  if (!isScalar(value) || value === null)
    throw invalid("fillna", `a value or an object {column: value} is expected, not ${describe(value)}`);
  return { value: toLiteral(value, "fillna"), subset: subsetOf("fillna", subset) };
}

export function dropFields(options: unknown, thresh: unknown, subset: unknown): Fields {
  let given: DropNaOptions;
  if (typeof options === "string") given = { how: options as "any" };
  else if (Array.isArray(options)) given = { subset: options as string[] };
  else if (isPlainObject(options)) given = options as DropNaOptions;
  else if (options === undefined || options === null) given = {};
  else throw invalid("dropna", `options {how, thresh, subset} are expected, not ${describe(options)}`);
  const how = given.how ?? "any";
  if (how !== "any" && how !== "all") throw invalid("dropna: how", `"any" or "all" is expected, not ${describe(how)}`);
  const least = given.thresh ?? thresh;
  return {
    how,
    thresh: least === undefined || least === null ? undefined : count("dropna: thresh", least),
    subset: subsetOf("dropna", given.subset ?? subset),
  };
}

export function replaceFields(from: unknown, to: unknown, subset: unknown): Fields {
  let pairs: [unknown, unknown][];
  let within = subset;
  if (from instanceof Map || isPlainObject(from)) {
    pairs = from instanceof Map ? [...from] : Object.entries(from);
    within ??= to;
  } else {
    if (to === undefined) throw invalid("replace", "the new value is missing", "null replaces by NULL");
    const olds = Array.isArray(from) ? (from as unknown[]) : [from];
    if (Array.isArray(to) && to.length !== olds.length) throw invalid("replace", `${olds.length} old values have ${to.length} new ones`);
    pairs = olds.map((old, i) => [old, Array.isArray(to) ? to[i] : to]);
  }
  const literals = pairs.map(([old, next]) => {
    if (!isScalar(old)) throw invalid("replace: from", `a value is expected, not ${describe(old)}`);
    if (!isScalar(next)) throw invalid("replace: to", `a value is expected, not ${describe(next)}`);
    return [toLiteral(old, "replace: from"), toLiteral(next, "replace: to")];
  });
  return { pairs: literals, subset: subsetOf("replace", within) };
}

/** `df.na`. */
export class NullFunctions {
  constructor(readonly frame: DataFrame) {
    Object.freeze(this);
  }
  fill(...args: Parameters<DataFrame["fillna"]>): DataFrame {
    return this.frame.fillna(...args);
  }
  drop(...args: Parameters<DataFrame["dropna"]>): DataFrame {
    return this.frame.dropna(...args);
  }
  replace(...args: Parameters<DataFrame["replace"]>): DataFrame {
    return this.frame.replace(...args);
  }
}

/** `df.stat`. Those that give numbers run at once. */
export class StatFunctions {
  constructor(readonly frame: DataFrame) {
    Object.freeze(this);
  }

  /** Pearson's correlation of two columns. */
  corr(first: string, second: string): Promise<number | null> {
    return this.#pair("corr", first, second);
  }
  /** Sample covariance of two columns. */
  cov(first: string, second: string): Promise<number | null> {
    return this.#pair("covarSamp", first, second);
  }
  /** Values at the given probabilities. They are exact: PySpark's third argument, a relative error, is not needed. */
  async approxQuantile(column: string, probabilities: readonly number[], _relativeError = 0): Promise<(number | null)[]> {
    const wanted = flatten([probabilities]).map((p) => {
      if (typeof p !== "number" || !(p >= 0 && p <= 1))
        throw invalid("approxQuantile", `probabilities from 0 to 1 are expected, not ${describe(p)}`);
      return p;
    });
    if (wanted.length === 0) return [];
    const columns = wanted.map((p, i) => aggregate("percentileApprox", col(column), lit(p)).alias(`q${i}`));
    const row = await this.frame.agg(...columns).first();
    return wanted.map((_, i) => (row?.[`q${i}`] ?? null) as number | null);
  }
  /** How often each pair of values occurs: a row per value of the first, a column per value of the second. */
  crosstab(first: string, second: string): DataFrame {
    const key = `${names("crosstab", [first])[0]}_${names("crosstab", [second])[0]}`;
    const asText = (name: string) =>
      call("coalesce", [col(name).cast("string"), lit("null")], [{ name: "cols", string: "column", variadic: true }]);
    const pairs = this.frame.select(asText(first).alias(key), asText(second).alias("value"));
    return pairs.groupBy(col(key)).pivot("value").count().fillna(0);
  }
  /** A stratified sample: each value of `column` with a fraction of its own; other rows are left out. */
  sampleBy(column: string | Column, fractions: ReadonlyMap<Scalar, number> | Readonly<Record<string, number>>, seed?: number): DataFrame {
    const key = column instanceof Column ? column : col(column);
    const entries: [Scalar, number][] = fractions instanceof Map ? [...fractions] : (Object.entries(fractions) as [string, number][]);
    if (entries.length === 0) return this.frame.where(lit(false));
    const draw = call("rand", seed === undefined ? [] : [seed], [{ name: "seed", string: "literal", optional: true }]);
    const [head, ...rest] = entries.map(([value, fraction]) => {
      if (typeof fraction !== "number" || !(fraction >= 0 && fraction <= 1))
        throw invalid("sampleBy", `fractions from 0 to 1 are expected, not ${describe(fraction)}`);
      return [key.eq(value), fraction] as const;
    }) as [readonly [Column, number], ...(readonly [Column, number])[]];
    const limit = rest.reduce((cases, [is, fraction]) => cases.when(is, fraction), when(...head)).otherwise(0);
    return this.frame.where(draw.lt(limit));
  }

  async #pair(fn: string, first: string, second: string): Promise<number | null> {
    const [a, b] = names(fn === "corr" ? "corr" : "cov", [first, second]);
    const row = await this.frame.agg(aggregate(fn, col(a), col(b)).alias("value")).first();
    return (row?.value ?? null) as number | null;
  }
}

const aggregate = (fn: string, ...args: Column[]): Column => call(fn, args, [{ name: "col", string: "column", variadic: true }]);
