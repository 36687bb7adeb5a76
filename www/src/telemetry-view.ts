/** The statements as they run, and the figures over them. */
import type { Database } from "moltres";
import { byId, duration, h, number } from "./dom.js";

const MOST = 200;

export class TelemetryView {
  readonly #list = byId("statements");
  readonly #metrics = byId("metrics");
  readonly #slow = byId<HTMLInputElement>("slow-ms");
  #db: Database | undefined;
  #scheduled = false;

  watch(db: Database): void {
    this.#db = db;
    db.on("query_end", (sql: string, elapsed: number, metadata: { rowcount?: number; rows?: number }) => this.#add(sql, elapsed, metadata.rowcount ?? metadata.rows));
    db.on("query_error", (sql: string, elapsed: number, metadata: { error?: unknown }) => this.#add(sql, elapsed, undefined, metadata.error));
    this.#draw();
  }

  #add(sql: string, elapsed: number, rows: number | undefined, error?: unknown): void {
    const slow = elapsed * 1e3 >= Number(this.#slow.value || Infinity);
    const text = sql.replace(/\s+/g, " ").trim();
    this.#list.prepend(
      h(
        "li",
        { class: error ? "failed" : slow ? "slow" : undefined },
        h("code", { title: sql.slice(0, 2000) }, text.slice(0, 300)),
        h("span", { class: "figures" }, slow && !error ? h("mark", {}, "slow") : null, error ? h("mark", { class: "bad" }, "error") : null, h("span", {}, duration(elapsed)), rows === undefined ? null : h("span", {}, `${number(rows)} ${rows === 1 ? "row" : "rows"}`)),
      ),
    );
    while (this.#list.childElementCount > MOST) this.#list.lastElementChild?.remove();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#draw();
    });
  }

  #draw(): void {
    const metrics = this.#db?.metrics() as unknown as Record<string, number> | undefined;
    const figure = (name: string, value: string): HTMLElement => h("div", {}, h("dt", {}, name), h("dd", {}, value));
    const time = (seconds: number | undefined): string => (metrics?.query_count && seconds !== undefined ? duration(seconds) : "–");
    this.#metrics.replaceChildren(
      figure("statements", number(metrics?.query_count ?? 0)),
      figure("p50", time(metrics?.query_duration_p50)),
      figure("p95", time(metrics?.query_duration_p95)),
      figure("slowest", time(metrics?.query_duration_max)),
      figure("errors", number(metrics?.error_count ?? 0)),
    );
  }
}
