// www/files.md says what the readers do: its tables are tried here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { connect } from "../../pkg/dist/index.js";

const page = readFileSync(new URL("../../www/files.md", import.meta.url), "utf8");
let db;
before(async () => (db = await connect()));
after(() => db.close());

/** The rows of the table after a marker, as cells. */
function tableAfter(marker) {
  const [, after] = page.split(`<!-- ${marker} -->\n`);
  const lines = after.split("\n").slice(2);
  return lines.slice(0, lines.findIndex((line) => !line.startsWith("|"))).map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim()));
}
const spans = (cell) => [...cell.matchAll(/`([^`]*)`/g)].map(([, text]) => text);
const valueOf = (text) => (/^-?\d+n$/.test(text) ? BigInt(text.slice(0, -1)) : JSON.parse(text));

test("every example of the inference table", async () => {
  const examples = tableAfter("inference");
  assert.ok(examples.length >= 30);
  for (const [texts, type, values] of examples) {
    const expected = spans(values).map(valueOf);
    // A second column, so that no line is blank.
    const text = `v,w\n${spans(texts).map((value) => `${value},x\n`).join("")}`;
    const frame = await db.read.csv({ text });
    assert.deepEqual(await frame.dtypes(), [["v", type], ["w", "string"]], text);
    assert.deepEqual((await frame.collect()).map((row) => row.v), expected, text);
    const streamed = [];
    for await (const batch of db.read.csv(new Blob([text]).stream(), { stream: true })) streamed.push(...batch);
    assert.deepEqual(streamed.map((row) => row.v), expected, text);
  }
});

test("the readers have the options of the table, and no others", async () => {
  const table = tableAfter("options").map(([name, readers]) => [spans(name)[0], readers === "all" ? ["csv", "json", "jsonl", "text"] : readers.split(" ")]);
  for (const reader of ["csv", "json", "jsonl", "text"]) {
    const listed = table.filter(([, readers]) => readers.includes(reader)).map(([name]) => name);
    const error = await db.read[reader]({ text: "a" }, { nonsense: 1 }).catch((error) => error);
    assert.match(error.message, new RegExp(`read\\.${reader}: there is no option "nonsense"`));
    assert.deepEqual(error.hint.replace("options are ", "").split(", ").sort(), listed.sort());
  }
});

test("every case of the corpus that tools disagree on is named", () => {
  const cases = JSON.parse(readFileSync(new URL("../acceptance/csv/cases.json", import.meta.url), "utf8"));
  const [, disagreements] = page.split("## Where real tools disagree");
  const named = new Set(spans(disagreements));
  assert.deepEqual(cases.filter((item) => item.doubtful || item.accept).map((item) => item.id).filter((id) => !named.has(id)), []);
});

test("what is said of irregular input", async () => {
  const code = (promise) => promise.then(() => "read", (error) => error.code);
  const inputs = { short_record: ["a,b\n1\n", "csv_ragged_record"], long_record: ["a,b\n1,2,3\n", "csv_ragged_record"], unconvertible: ["a,b\nx,1\n", "csv_type_conflict", { schema: { a: "int", b: "int" } }], invalid_utf8: [Uint8Array.of(97, 44, 98, 10, 255, 44, 49, 10), "csv_invalid_utf8"] };
  for (const [kind, [input, failure, options]] of Object.entries(inputs)) {
    const source = typeof input === "string" ? { text: input } : input;
    for (const [mode, rows] of [["permissive", 1], ["dropMalformed", 0]]) {
      const { readReport } = await db.read.csv(source, { mode, ...options });
      assert.deepEqual([readReport.rows, readReport.problems.byKind], [rows, { [kind]: 1 }]);
      assert.equal(readReport.examples[0].kind, kind);
    }
    assert.equal(await code(db.read.csv(source, { mode: "failFast", ...options })), failure);
    assert.ok(page.includes(`\`${kind}\``) && page.includes(`\`${failure}\``));
  }
  for (const mode of ["permissive", "dropMalformed", "failFast"]) {
    assert.equal(await code(db.read.csv({ text: 'a\n"x' }, { mode })), "csv_unterminated_quote");
    assert.equal(await code(db.read.csv({ text: "\n" }, { mode })), "empty_input");
    assert.equal(await code(db.read.csv({ text: Array.from({ length: 2001 }, (_, i) => i).join() }, { mode })), "csv_too_wide");
  }
  assert.equal(await code(db.read.jsonl({ text: "{" }, { mode: "failFast" })), "syntax_error");
});
