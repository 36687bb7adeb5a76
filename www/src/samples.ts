/** Data that comes with the page. All of it is real and in the public domain (CC0). */

import airlines from "../../tests/acceptance/data/nycflights13/airlines.csv";
import penguins from "../../tests/acceptance/data/palmerpenguins/penguins.csv";

export interface Sample {
  readonly table: string;
  readonly title: string;
  readonly file: string;
  readonly rows: string;
  /** The file itself, for those small enough to be part of the page; they are there even when it is opened from a folder. */
  readonly text?: string;
}

export const samples: readonly Sample[] = [
  { table: "penguins", title: "Penguins", file: "penguins.csv", rows: "344", text: penguins },
  { table: "airlines", title: "Airlines", file: "airlines.csv", rows: "16", text: airlines },
  { table: "airports", title: "Airports", file: "airports.csv", rows: "1,458" },
  { table: "planes", title: "Planes", file: "planes.csv", rows: "3,322" },
  { table: "flights", title: "Flights", file: "flights.csv.gz", rows: "336,776" },
];

export interface Example {
  readonly title: string;
  /** Tables it needs; samples of these names are loaded first. */
  readonly tables: readonly string[];
  readonly program: string;
}

export const examples: readonly Example[] = [
  {
    title: "Group and order",
    tables: ["penguins"],
    program: `// Tables are variables; the last expression is shown.
penguins
  .where(col("body_mass_g").isNotNull())
  .groupBy("species", "island")
  .agg(
    F.count("*").alias("birds"),
    F.round(F.avg("body_mass_g"), 0).alias("mean_mass"),
    F.max("flipper_length_mm").alias("longest_flipper"),
  )
  .where(col("birds").ge(20))
  .orderBy(col("mean_mass").desc())
`,
  },
  {
    title: "Cases, casts and missing values",
    tables: ["penguins"],
    program: `const sized = penguins.withColumn(
  "size",
  when(col("body_mass_g").ge(5000), "large")
    .when(col("body_mass_g").ge(4000), "medium")
    .when(col("body_mass_g").isNull(), "unknown")
    .otherwise("small"),
);

sized
  .fillna("not noted", "sex")
  .groupBy("size", "sex")
  .count()
  .orderBy("size", "sex")
`,
  },
  {
    title: "The heaviest of each species (window)",
    tables: ["penguins"],
    program: `const byMass = Window.partitionBy("species").orderBy(col("body_mass_g").desc());

penguins
  .withColumn("rank", F.rank().over(byMass))
  .where(col("rank").le(3))
  .select("species", "rank", "body_mass_g", "sex", "island")
`,
  },
  {
    title: "Pivot: species across islands",
    tables: ["penguins"],
    program: `penguins
  .groupBy("species")
  .pivot("island", ["Biscoe", "Dream", "Torgersen"])
  .agg(F.count("*"))
  .orderBy("species")
`,
  },
  {
    title: "Join: the planes of each maker",
    tables: ["planes", "flights"],
    program: `// 336,776 flights, joined to the planes that flew them
flights
  .join(planes.select("tailnum", "manufacturer", "seats"), "tailnum")
  .groupBy("manufacturer")
  .agg(
    F.count("*").alias("flights"),
    F.countDistinct("tailnum").alias("planes"),
    F.sum("seats").alias("seats_flown"),
  )
  .orderBy(col("flights").desc())
  .limit(10)
`,
  },
  {
    title: "Join: who is late?",
    tables: ["flights", "airlines"],
    program: `flights
  .where(col("arr_delay").isNotNull())
  .join(airlines, "carrier")
  .groupBy("name")
  .agg(
    F.count("*").alias("flights"),
    F.round(F.avg("arr_delay"), 1).alias("mean_delay"),
    F.max("arr_delay").alias("worst"),
  )
  .where(col("flights").gt(5000))
  .orderBy(col("mean_delay").desc())
`,
  },
  {
    title: "SQL text where it is shorter",
    tables: ["airports"],
    program: `airports
  .where("alt > 5000 and tz between -8 and -6")
  .selectExpr("faa", "name", "alt", "round(alt * 0.3048) as metres")
  .orderBy(col("alt").desc())
  .limit(15)
`,
  },
  {
    title: "A misspelt column",
    tables: ["penguins"],
    program: `// Names are checked before anything runs
penguins.select("species", "body_mas_g")
`,
  },
  {
    title: "Data of your own",
    tables: [],
    program: `const orders = db.createDataFrame([
  { id: 1, country: "DE", amount: 20.5, tags: ["new", "web"] },
  { id: 2, country: "FR", amount: 8, tags: [] },
  { id: 3, country: "DE", amount: 12.25, tags: ["web"] },
]);

orders
  .select("country", "amount", F.explode("tags").alias("tag"))
  .groupBy("tag")
  .agg(F.sum("amount").alias("total"))
`,
  },
];
