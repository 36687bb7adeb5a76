/** The tables of the database: rows, columns, types and how many values are NULL. */
import type { Database } from "moltres";
import { F, col } from "moltres";
import { byId, h, number } from "./dom.js";

interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  readonly nulls: number;
}

interface TableFacts {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly ColumnFacts[];
}

async function facts(db: Database, name: string): Promise<TableFacts> {
  const table = db.table(name);
  const schema = await table.schema();
  const counts = schema.map((field, i) => F.count(table.col(`\`${field.name.replaceAll("`", "``")}\``)).alias(`c${i}`));
  const [row] = await table.agg(F.count("*").alias("n"), ...counts).collect({ format: "arrays" });
  const [rows = 0, ...filled] = (row ?? []) as number[];
  return { name, rows, columns: schema.map(({ name, type }, i) => ({ name, type, nulls: rows - (filled[i] ?? 0) })) };
}

export class TablesView {
  readonly #host = byId("tables");
  #tables: readonly TableFacts[] = [];

  constructor(
    readonly db: Database,
    readonly open: (table: string) => void,
    readonly remove: (table: string) => void,
  ) {}

  get names(): string[] {
    return this.#tables.map((table) => table.name);
  }

  get columns(): string[] {
    return [...new Set(this.#tables.flatMap((table) => table.columns.map((column) => column.name)))];
  }

  /** Reads the catalogue again; the table just made is unfolded. */
  async refresh(unfold?: string): Promise<void> {
    const names = await this.db.tables();
    this.#tables = await Promise.all(names.map((name) => facts(this.db, name)));
    if (this.#tables.length === 0) return this.#host.replaceChildren(h("p", { class: "quiet" }, "No tables yet. A sample is one click away."));
    this.#host.replaceChildren(...this.#tables.map((table) => this.#draw(table, table.name === (unfold ?? this.#tables.at(-1)?.name))));
  }

  #draw({ name, rows, columns }: TableFacts, open: boolean): HTMLElement {
    const line = ({ name, type, nulls }: ColumnFacts): HTMLElement =>
      h(
        "li",
        {},
        h("span", { class: "column-name" }, name),
        h("code", { class: "type" }, type),
        nulls > 0 ? h("span", { class: "nulls", title: `${number(nulls)} of ${number(rows)} values are NULL` }, `${number(nulls)} NULL`) : null,
      );
    return h(
      "details",
      { class: "table", open },
      h("summary", {}, h("b", {}, name), h("span", { class: "quiet" }, `${number(rows)} rows · ${columns.length} columns`)),
      h("ul", { "aria-label": `Columns of ${name}` }, ...columns.map(line)),
      h(
        "p",
        { class: "table-actions" },
        h("button", { type: "button", onclick: () => this.open(name), "aria-label": `Show the rows of ${name}` }, "Show rows"),
        h("button", { type: "button", onclick: () => this.remove(name), "aria-label": `Drop the table ${name}` }, "Drop"),
      ),
    );
  }
}
