// The columns of a Parquet file with our types. Its schema is a tree, written as a list in depth-first order.

export interface SchemaElement {
  name: string;
  type?: string;
  converted_type?: string;
  logical_type?: { type: string; bitWidth?: number; isSigned?: boolean; scale?: number; precision?: number };
  num_children?: number;
  repetition_type?: string;
  scale?: number;
  precision?: number;
}

export interface ParquetColumn {
  name: string;
  type: string;
  /** Decimal places, of decimals. */
  scale?: number;
}

/** What is nested or repeated is JSON. */
export function columnsOf(elements: readonly SchemaElement[]): ParquetColumn[] {
  const columns: ParquetColumn[] = [];
  let at = 1;
  while (at < elements.length) {
    const element = elements[at] as SchemaElement;
    const nested = (element.num_children ?? 0) > 0 || element.repetition_type === "REPEATED";
    columns.push(nested ? { name: element.name, type: "json" } : { name: element.name, ...typeOf(element) });
    // Past its descendants.
    for (let left = 1; left > 0 && at < elements.length; at++) left += (elements[at]?.num_children ?? 0) - 1;
  }
  return columns;
}

function typeOf(element: SchemaElement): { type: string; scale?: number } {
  const { type, converted_type, logical_type } = element;
  const logical = logical_type?.type ?? converted_type ?? "";
  if (logical === "DATE") return { type: "date" };
  if (logical.startsWith("TIMESTAMP") || type === "INT96") return { type: "timestamp" };
  if (logical === "DECIMAL") {
    const scale = element.scale ?? logical_type?.scale ?? 0;
    return { type: `decimal(${element.precision ?? logical_type?.precision ?? 38},${scale})`, scale };
  }
  if (["JSON", "VARIANT", "GEOMETRY", "GEOGRAPHY"].includes(logical)) return { type: "json" };
  if (["STRING", "UTF8", "ENUM", "UUID"].includes(logical)) return { type: "string" };
  if (logical === "FLOAT16") return { type: "double" };
  // Larger than 64 bits with a sign: as in Spark.
  if (converted_type === "UINT_64" || (logical === "INTEGER" && logical_type?.bitWidth === 64 && logical_type.isSigned === false))
    return { type: "decimal(20,0)" };
  if (type === "BOOLEAN") return { type: "boolean" };
  if (type === "INT32" || type === "INT64") return { type: "bigint" };
  if (type === "FLOAT" || type === "DOUBLE") return { type: "double" };
  return { type: "binary" };
}
