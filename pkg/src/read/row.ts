// Row objects from the engine's JSON: numbers and texts as they are, BigInts, bytes and nested values by the type of their column.

import type { Row } from "../action-types.js";
import { parseJson } from "../batch.js";
import { moltresError } from "../errors.js";

export interface Field {
  name: string;
  type: string;
}

export type BigIntMode = "auto" | "always" | "number";

/** A cell as JSON has it. Integers that are no JavaScript numbers are their digits in an array. */
type Sent = null | boolean | number | string | [string];

/** Makes rows with own properties in column order. A value that does not fit its column's type, since that changed on the way, stays what it is. */
export function rowMaker(fields: readonly Field[], bigint: BigIntMode): (values: unknown[]) => Row {
  const names = fields.map((field) => field.name);
  const convert = fields.map(({ name, type }) => converter(name, type, bigint));
  return (values) => {
    const row: Row = {};
    for (let i = 0; i < names.length; i++) {
      const value = (values[i] ?? null) as Sent;
      const result = value === null ? null : (convert[i] as (value: Sent) => unknown)(value);
      const name = names[i] as string;
      if (name === "__proto__") Object.defineProperty(row, name, { value: result, enumerable: true, configurable: true, writable: true });
      else row[name] = result;
    }
    return row;
  };
}

function converter(name: string, type: string, bigint: BigIntMode): (value: Sent) => unknown {
  const integer = (digits: string): bigint => {
    if (bigint !== "number") return BigInt(digits);
    throw moltresError("type_mismatch", `read: column "${name}" holds ${digits}, which is no JavaScript number`, {
      hint: 'bigint: "auto"',
    });
  };
  const plain = (value: Sent) => (Array.isArray(value) ? integer(value[0]) : value);
  if (/^(bigint|int|smallint|tinyint)$/.test(type) && bigint === "always")
    return (value) => (typeof value === "number" ? BigInt(value) : plain(value));
  if (type === "binary")
    return (value) => (typeof value === "string" ? Uint8Array.from(value.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)) : value);
  if (/^(array|struct|map|json)/.test(type)) return (value) => (typeof value === "string" ? parseJson(value) : plain(value));
  return plain;
}
