/** A schema given by a user: an object, a list, or a DDL text. */
import { name as checkName, describe, invalid, isPlainObject, text } from "./arguments.js";
import { splitTop } from "./type-text.js";

/** `{id: "bigint"}`, `["id", "name"]`, `[column("id", "BIGINT"), …]`, or `"id BIGINT, name STRING"`. */
export type SchemaArgument =
  | string
  | Readonly<Record<string, string>>
  | readonly (string | { readonly name: string; readonly type?: string; readonly nullable?: boolean })[];

export interface SchemaField {
  readonly name: string;
  /** Absent: inferred. */
  readonly type?: string;
  readonly nullable?: boolean;
}

export function readSchema(where: string, schema: unknown): SchemaField[] {
  const fields = readFields(where, schema);
  const seen = new Set<string>();
  for (const { name } of fields) {
    if (seen.has(name.toLowerCase())) throw invalid(where, `there are two columns "${name}"`);
    seen.add(name.toLowerCase());
  }
  if (fields.length === 0) throw invalid(where, "at least one column is expected");
  return fields;
}

function readFields(where: string, schema: unknown): SchemaField[] {
  if (typeof schema === "string") return readDdl(where, schema);
  if (Array.isArray(schema)) {
    return schema.map((entry: unknown) => {
      if (typeof entry === "string") return { name: checkName(where, entry) };
      if (entry === null || typeof entry !== "object") throw invalid(where, `names or columns are expected, not ${describe(entry)}`);
      const { name, type, nullable } = entry as Partial<SchemaField>;
      return {
        name: checkName(where, name),
        ...(type === undefined ? {} : { type: text(`${where}: ${name}`, type, "the name of a type") }),
        ...(typeof nullable === "boolean" ? { nullable } : {}),
      };
    });
  }
  if (!isPlainObject(schema)) throw invalid(where, `{name: type}, a list or a text is expected, not ${describe(schema)}`);
  return Object.entries(schema).map(([name, type]) => ({
    name: checkName(where, name),
    type: text(`${where}: ${name}`, type, "the name of a type"),
  }));
}

const BARE_TYPE =
  /^(boolean|byte|short|int|integer|bigint|long|float|double|real|decimal(\(.*\))?|string|text|binary|date|timestamp|(array|struct|map)<.*>)$/is;

/** `"id BIGINT NOT NULL, tags ARRAY<STRING>"`, also with colons; one bare type is the column `value`. */
function readDdl(where: string, ddl: string): SchemaField[] {
  const parts = splitTop(ddl);
  if (parts.length === 0) throw invalid(where, "the text names no columns");
  return parts.map((part) => {
    const match = /^(?:`((?:[^`]|``)+)`|([^\s:`]+))(?:\s*:\s*|\s+)(.+?)(\s+not\s+null)?$/is.exec(part);
    if (!match) {
      if (parts.length === 1 && BARE_TYPE.test(part)) return { name: "value", type: part };
      throw invalid(where, `${describe(part)} is not a name and a type`, 'as in "id BIGINT, name STRING"');
    }
    return { name: match[1]?.replaceAll("``", "`") ?? match[2] ?? "", type: (match[3] ?? "").trim(), nullable: match[4] === undefined };
  });
}
