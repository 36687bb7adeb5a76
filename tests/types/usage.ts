// Compiled, never run: what a TypeScript user writes must be accepted, and what is wrong must be refused.
import { Column, connect, type DataFrame, F, type FieldInfo, type Row, type Rows, Window, col, lit, sql, when } from "moltres";

export async function usage(): Promise<void> {
  const db = await connect(":memory:", { bigint: "auto" });
  const orders: DataFrame = db.table("orders");
  const report = orders
    .where(col("amount").gt(10).and(col("country").isin("DE", "FR")))
    .groupBy("country", F.year("day").alias("year"))
    .agg(F.sum("amount").alias("total"), F.count("*").alias("n"))
    .orderBy(col("total").desc(), "country");
  const rows: Rows = await report.collect();
  const names: string[] = rows.columns;
  const fields: FieldInfo[] = rows.schema;
  const first: Row | null = await report.first();
  const three: Row[] = await report.take(3);
  const arrays: unknown[][] = await report.collect({ format: "arrays" });
  const n: number = await report.count();
  const text: string = await report.toSQL({ pretty: true });
  const types: [string, string][] = report.dtypesSync();
  for await (const batch of report.stream({ batchSize: 10 })) batch.map((row) => row.total);
  const band: Column = when(col("age").lt(18), "young").when(col("age").isNull(), null).otherwise("old");
  const ranked: DataFrame = orders.withColumn("r", F.rowNumber().over(Window.partitionBy("country").orderBy(col("amount").desc()).rowsBetween(-1, 0)));
  const taxed = (frame: DataFrame, rate: number): DataFrame => frame.withColumn("tax", col("amount").mul(rate));
  const composed: DataFrame = orders.transform(taxed, 0.19).select("*", lit(1).alias("one"), sql`amount > ${5}`.alias("big"));
  const made: DataFrame = db.createDataFrame([{ a: 1, b: [1, 2], c: { d: new Date() } }], { schema: "a BIGINT, b ARRAY<INT>, c STRUCT<d: TIMESTAMP>" });
  const later: Promise<DataFrame> = db.createDataFrame((async function* () { yield { a: 1 }; })());
  void [names, fields, first, three, arrays, n, text, types, band, ranked, composed, made, later];

  // @ts-expect-error: a Column is expected
  orders.withColumn("x", 1);
  // @ts-expect-error: there is no such method
  col("a").nonsense();
  // @ts-expect-error: only known kinds of join
  orders.join(orders, "id", "sideways");
  // @ts-expect-error: a number is expected
  orders.limit("3");
  // @ts-expect-error: plans and columns cannot be changed
  col("a").node = lit(1).node;
  // @ts-expect-error: there is no such function
  F.nonsense("a");
}
