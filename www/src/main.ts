/** The playground: wires the panels to one database in memory. */
import { connect, DataFrame, type Database, type WirePlan } from "moltres";
import { byId, bytes, download, duration, h, number } from "./dom.js";
import { createEditor, highlightSql } from "./editor.js";
import { errorView } from "./error-view.js";
import { loadedText, loadFile } from "./load.js";
import { planView } from "./plan-view.js";
import { runProgram } from "./program.js";
import { tableView, valueView } from "./result-view.js";
import { type Example, examples, type Sample, samples } from "./samples.js";
import { TablesView } from "./tables-view.js";
import { TelemetryView } from "./telemetry-view.js";
import { setUpTheme } from "./theme.js";

/** Rows drawn at most; the frame itself may have any number. */
const SHOWN = 500;

const say = (text: string): void => void (byId("status").textContent = text);
const quiet = (text: string): HTMLElement => h("p", { class: "quiet" }, text);

async function start(): Promise<void> {
  setUpTheme(byId("theme"));
  const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
  byId("run-key").textContent = isMac ? "⌘ ↵" : "Ctrl ↵";
  const db = await connect(":memory:", { worker: false });
  new TelemetryView().watch(db);
  new Playground(db);
}

class Playground {
  readonly #tables: TablesView;
  readonly #editor;
  #busy = false;
  /** The text that an example put there: it may be replaced without asking. */
  #untouched = "";

  constructor(readonly db: Database) {
    this.#tables = new TablesView(db, (name) => void this.#show(db.table(name), name), (name) => void this.#drop(name));
    this.#editor = createEditor(byId("editor"), () => void this.run(), () => ({ tables: this.#tables.names, columns: this.#tables.columns }));
    this.#setExample(examples[0] as Example);
    this.#listen();
    byId<HTMLButtonElement>("run").disabled = false;
    byId<HTMLButtonElement>("backup").disabled = false;
    say("Ready");
  }

  #listen(): void {
    byId("run").addEventListener("click", () => void this.run());
    byId("backup").addEventListener("click", () => void this.#backup());
    const restore = byId<HTMLInputElement>("restore-file");
    restore.addEventListener("change", () => void this.#restore(restore.files?.[0]).finally(() => (restore.value = "")));
    const picked = byId<HTMLInputElement>("csv-file");
    picked.addEventListener("change", () => void this.#loadAll([...(picked.files ?? [])]).finally(() => (picked.value = "")));
    this.#listenToDrops();
    byId("samples").replaceChildren(
      ...samples.map((sample) => h("li", {}, h("button", { type: "button", onclick: () => void this.#sample(sample) }, h("b", {}, sample.title), h("span", {}, `${sample.rows} rows`)))),
    );
    const select = byId<HTMLSelectElement>("examples");
    select.append(...examples.map((example, i) => h("option", { value: i }, example.title)));
    select.addEventListener("change", () => {
      const example = examples[Number(select.value)];
      select.value = "";
      if (example) void this.#example(example);
    });
    byId("copy-sql").addEventListener("click", () => {
      void navigator.clipboard?.writeText(byId("sql").textContent ?? "").then(() => say("SQL copied"), () => say("The browser did not let the page copy"));
    });
  }

  #listenToDrops(): void {
    const drop = byId("drop");
    const over = (on: boolean) => (event: DragEvent): void => {
      event.preventDefault();
      drop.classList.toggle("over", on);
    };
    // The whole page takes files: a near miss would otherwise replace the page by the file.
    document.addEventListener("dragover", over(true));
    document.addEventListener("dragleave", over(false));
    document.addEventListener("drop", (event) => {
      over(false)(event);
      void this.#loadAll([...(event.dataTransfer?.files ?? [])]);
    });
  }

  // ---- data

  async #sample(sample: Sample): Promise<void> {
    await this.#load(async () => {
      if (sample.text !== undefined) return loadFile(this.db, new Blob([sample.text]), sample.file, sample.table);
      const response = await fetch(`samples/${sample.file}`).catch(() => null);
      if (!response?.ok) throw new Error(`${sample.file} could not be read: this sample needs the page to be served (make serve)`);
      return loadFile(this.db, await response.blob(), sample.file, sample.table);
    });
  }

  async #loadAll(files: readonly File[]): Promise<void> {
    for (const file of files) await this.#load(() => loadFile(this.db, file, file.name));
  }

  async #load(load: () => ReturnType<typeof loadFile>): Promise<void> {
    byId("load-error").replaceChildren();
    try {
      const loaded = await load();
      await this.#tables.refresh(loaded.table);
      say(loadedText(loaded));
      if (this.#isUntouched() && !examples.some((example) => example.program === this.#editor.text() && example.tables.includes(loaded.table))) {
        this.#replace(starter(loaded.table));
      }
      await this.#show(this.db.table(loaded.table), loaded.table);
    } catch (error) {
      byId("load-error").replaceChildren(errorView(error));
      say("Loading failed");
    }
  }

  async #drop(name: string): Promise<void> {
    await this.db.dropTable(name).collect();
    await this.#tables.refresh();
    say(`${name} is gone`);
  }

  // ---- programs

  #isUntouched(): boolean {
    return this.#editor.text() === this.#untouched;
  }

  #replace(text: string): void {
    this.#editor.replace(text);
    this.#untouched = text;
  }

  #setExample(example: Example): void {
    this.#replace(example.program);
  }

  async #example(example: Example): Promise<void> {
    this.#setExample(example);
    const missing = samples.filter((sample) => example.tables.includes(sample.table) && !this.#tables.names.includes(sample.table));
    for (const sample of missing) await this.#sample(sample);
    this.#setExample(example);
    await this.run();
    this.#editor.focus();
  }

  async run(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    byId("error").replaceChildren();
    byId("run").setAttribute("aria-busy", "true");
    try {
      const { value, printed } = await runProgram(this.#editor.text(), this.db, this.#tables.names);
      if (value instanceof DataFrame) await this.#show(value);
      else this.#showValue(value, printed);
      if (printed.length > 0 && value instanceof DataFrame) byId("result").prepend(h("pre", { class: "code printed" }, printed.join("\n")));
      const now = await this.db.tables();
      if (now.join("\n") !== this.#tables.names.join("\n")) await this.#tables.refresh();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#busy = false;
      byId("run").removeAttribute("aria-busy");
    }
  }

  /** Runs a frame and fills the three panels. */
  async #show(frame: DataFrame, title = "Result"): Promise<void> {
    byId("error").replaceChildren();
    try {
      const sql = await frame.toSQL({ pretty: true, inline: true });
      this.#showPlan(sql, frame.plan, await inPlainWords(frame));
      const began = performance.now();
      const rows = await frame.limit(SHOWN + 1).collect({ format: "arrays" });
      const elapsed = (performance.now() - began) / 1e3;
      const more = rows.length > SHOWN;
      byId("result").replaceChildren(tableView(rows.schema, rows.slice(0, SHOWN), title));
      byId("result").scrollTo(0, 0);
      const count = more ? `the first ${number(SHOWN)} of ${number(await frame.count())} rows` : `${number(rows.length)} ${rows.length === 1 ? "row" : "rows"}`;
      byId("result-note").textContent = `${title === "Result" ? "" : `${title} · `}${count} · ${rows.schema.length} columns · ${duration(elapsed)}`;
    } catch (error) {
      this.#fail(error);
    }
  }

  #showPlan(sql: string, plan: WirePlan, words: string): void {
    byId("sql").replaceChildren(highlightSql(sql));
    byId("copy-sql").hidden = false;
    byId("plan").scrollTo(0, 0);
    byId("plan").replaceChildren(planView(plan), ...(words ? [h("details", {}, h("summary", {}, "How SQLite runs it"), h("pre", { class: "code" }, words))] : []));
  }

  #showValue(value: unknown, printed: string[]): void {
    byId("sql").replaceChildren(quiet("The program gave a value, not a frame"));
    byId("copy-sql").hidden = true;
    byId("plan").replaceChildren(quiet("No plan"));
    const shown = value === undefined && printed.length > 0 ? [] : [valueView(value)];
    byId("result").replaceChildren(...(printed.length > 0 ? [h("pre", { class: "code printed" }, printed.join("\n"))] : []), ...shown);
    byId("result-note").textContent = "";
  }

  #fail(error: unknown): void {
    const card = errorView(error);
    byId("error").replaceChildren(card);
    card.scrollIntoView({ block: "nearest" });
    byId("result").replaceChildren();
    byId("result-note").textContent = "";
    byId("sql").replaceChildren(quiet("No SQL: the program stopped before"));
    byId("copy-sql").hidden = true;
    byId("plan").replaceChildren(quiet("No plan"));
  }

  // ---- backup

  async #backup(): Promise<void> {
    try {
      const image = (await (this.db.backup as () => Promise<unknown>).call(this.db)) as Uint8Array;
      const day = new Date().toISOString().slice(0, 10);
      download(image, `moltres-${day}.db`, "application/vnd.sqlite3");
      say(`Backup of ${bytes(image.length)}: a SQLite file`);
    } catch (error) {
      byId("load-error").replaceChildren(errorView(error));
    }
  }

  async #restore(file: File | undefined): Promise<void> {
    if (!file) return;
    byId("load-error").replaceChildren();
    try {
      await this.db.restore(file);
      await this.#tables.refresh();
      say(`Restored from ${file.name}: ${number(this.#tables.names.length)} tables`);
      byId("result").replaceChildren(quiet("Restored. Run the program again, or show the rows of a table."));
      byId("result-note").textContent = "";
    } catch (error) {
      byId("load-error").replaceChildren(errorView(error));
      say("Not restored: the database is as it was");
    }
  }
}

/** A first program for a table that somebody brought along. */
function starter(table: string): string {
  const frame = /^[A-Za-z_$][\w$]*$/.test(table) ? table : `db.table(${JSON.stringify(table)})`;
  return `// Tables are variables; the last expression is shown.\n${frame}\n  .limit(20)\n`;
}

async function inPlainWords(frame: DataFrame): Promise<string> {
  try {
    return String(await frame.explain());
  } catch {
    return "";
  }
}

start().catch((error) => {
  say("The page could not start");
  byId("error").replaceChildren(errorView(error));
});
