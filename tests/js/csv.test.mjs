// The CSV reader, case by case, against the words of the documentation. Every case is read whole, in chunks of 1, 7 and 65,536 bytes, and with
// `{stream: true}`: whatever the cuts, types, rows, errors and reports are the same.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { connect } from "../../pkg/dist/index.js";

let db;
before(async () => (db = await connect()));
after(() => db.close());

const bytesOf = (input) => (typeof input === "string" ? new TextEncoder().encode(input) : new Uint8Array(input));
async function* cut(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

/** Names and types as `name type`, rows as arrays, problems by kind; or the code of the error. */
async function read(source, options) {
  try {
    const frame = await db.read.csv(source, options);
    const rows = [...(await frame.collect({ format: "arrays" }))];
    const { problems, encoding, delimiter } = frame.readReport;
    const columns = (await frame.dtypes()).map((pair) => pair.join(" "));
    return { columns, rows, problems: problems.byKind, encoding, delimiter };
  } catch (error) {
    return { error: error.code ?? String(error) };
  }
}

async function readStream(source, options) {
  try {
    const rows = [];
    for await (const batch of db.read.csv(source, { ...options, stream: true })) rows.push(...batch);
    return { rows };
  } catch (error) {
    return { error: error.code ?? String(error) };
  }
}

/**
 * `expected`: `[columns, ...rows]` (columns as one text, `a bigint|b string`), or the code of an error.
 * `more`: `{problems}` of the report, `encoding`, `delimiter`.
 */
async function check(input, options, expected, more = {}) {
  const bytes = bytesOf(input);
  const about = `${JSON.stringify(options)} ${typeof input === "string" ? JSON.stringify(input.slice(0, 200)) : `${bytes.length} bytes`}`;
  const whole = await read(bytes, options);
  if (typeof expected === "string") assert.deepEqual(whole, { error: expected }, about);
  else {
    const [columns, ...rows] = expected;
    assert.equal(whole.error, undefined, about);
    assert.deepEqual(whole.columns, columns.split("|"), about);
    assert.deepEqual(whole.rows, rows, about);
    assert.deepEqual(whole.problems, more.problems ?? {}, about);
    for (const name of ["encoding", "delimiter"]) if (name in more) assert.equal(whole[name], more[name], about);
  }
  for (const size of [1, 7, 65536]) assert.deepEqual(await read(cut(bytes, size), options), whole, `chunks of ${size}, ${about}`);
  if (options.table !== undefined || more.stream === false) return;
  for (const source of [bytes, cut(bytes, 7)]) {
    const streamed = await readStream(source, options);
    if (whole.error) assert.equal(streamed.error, whole.error, `stream, ${about}`);
    else assert.deepEqual(streamed.rows?.map(Object.values) ?? streamed.error, whole.rows, `stream, ${about}`);
  }
}

/** One test for a list of `[input, options, expected, more?]`. */
function cases(name, list) {
  test(name, async () => {
    for (const one of list) await check(...one);
  });
}

cases("quotes", [
  ['a,b\nx"y,z\n', {}, ["a string|b string", ['x"y', "z"]]],
  ['a,b\nx"y"z,"w"\n', {}, ["a string|b string", ['x"y"z', "w"]]],
  ['a,b\n"x""",1\n', {}, ["a string|b bigint", ['x"', 1]]],
  ['a,b\n"""",1\n', {}, ["a string|b bigint", ['"', 1]]],
  ['a,b\n"""""",1\n', {}, ["a string|b bigint", ['""', 1]]],
  ['a,b\n"",""\n', {}, ["a string|b string", ["", ""]]],
  ['a\n""\n', {}, ["a string", [""]]],
  ['a\n"x\ry\r\nz\nw"\r\n', {}, ["a string", ["x\ry\r\nz\nw"]]],
  ['a,b\r\n1,"x\r\n"\r\n2,"\r"\r\n', {}, ["a bigint|b string", [1, "x\r\n"], [2, "\r"]]],
  ['"a","b"\r\n"1","2.5"\r\n', {}, ["a bigint|b double", [1, 2.5]]],
  ['a,b\n1,"x', {}, "csv_unterminated_quote"],
  ['a,b\n1,"x""', {}, "csv_unterminated_quote"],
  ['a,b\n1,"x"""', {}, ["a bigint|b string", [1, 'x"']]],
  ['"a', {}, "csv_unterminated_quote"],
  ['a\n"x\n', { mode: "dropMalformed" }, "csv_unterminated_quote"],
  ['a\n"x\n', { mode: "failFast" }, "csv_unterminated_quote"],
  ["a;b\n'x;y';'it''s'\n", { quote: "'", delimiter: ";" }, ["a string|b string", ["x;y", "it's"]]],
  ['a,b\n"x,"y"\n', { quote: "" }, ["a string|b string", ['"x', '"y"']]],
  ['a\n"x\n', { quote: "" }, ["a string", ['"x']]],
  ['a\n"x\n', { quote: null }, ["a string", ['"x']]],
]);

cases("escapes", [
  ['a,b\n"x\\"y",1\n', { escape: "\\" }, ["a string|b bigint", ['x"y', 1]]],
  ['a,b\n"x\\\\",1\n', { escape: "\\" }, ["a string|b bigint", ["x\\", 1]]],
  ['a,b\n"\\"",1\n', { escape: "\\" }, ["a string|b bigint", ['"', 1]]],
  ['a\n"x\\"', { escape: "\\" }, "csv_unterminated_quote"],
  ['a,b\n"x""y",1\n', { escape: '"' }, ["a string|b bigint", ['x"y', 1]]],
  ["a,b\n\\,1\nx\\y,2\n", { escape: "\\" }, ["a string|b bigint", ["\\", 1], ["x\\y", 2]]],
  ['a,b\n"C:\\dir\\",1\n', {}, ["a string|b bigint", ["C:\\dir\\", 1]]],
]);

cases("line ends and blank lines", [
  ["a,b\r1,2\r3,4\r", {}, ["a bigint|b bigint", [1, 2], [3, 4]]],
  ["a,b\r\n1,2\r3,4\n5,6", {}, ["a bigint|b bigint", [1, 2], [3, 4], [5, 6]]],
  ["\n\r\n\ra,b\n\n\n1,2\n\n", {}, ["a bigint|b bigint", [1, 2]]],
  ["a\n1\n\n2\n", {}, ["a bigint", [1], [2]]],
  ["a,b\n,\n\n,\n", {}, ["a string|b string", [null, null], [null, null]]],
  ["a\n \n", {}, ["a string", [" "]]],
  ["a,b\n1,2\r", {}, ["a bigint|b bigint", [1, 2]]],
  ["a\u2028b,c\nx\u0085y,1\n", {}, ["a\u2028b string|c bigint", ["x\u0085y", 1]]],
  ["a\vb,c\nx\fy,1\n", {}, ["a\vb string|c bigint", ["x\fy", 1]]],
  ["", {}, "empty_input"],
  ["\r\n\r\n", {}, "empty_input"],
  ["\ufeff", {}, "empty_input"],
  ["a,b", {}, ["a string|b string"]],
  ["a,b\n", {}, ["a string|b string"]],
  ["", { schema: { a: "int" } }, ["a bigint"]],
  ["a\n", { schema: { a: "int" } }, ["a bigint"]],
  ["", { header: false, schema: { a: "int", b: "date" } }, ["a bigint|b date"]],
  ["", { header: false }, "empty_input"],
]);

cases("ragged records", [
  ["a,b,\n1,2,\n3,4,\n", {}, ["a bigint|b bigint|_c2 string", [1, 2, null], [3, 4, null]], { problems: { empty_name: 1 } }],
  ["a,b\n1,2,\n3,4,\n", {}, ["a bigint|b bigint", [1, 2], [3, 4]], { problems: { long_record: 2 } }],
  ["a,b\n1,2,\n3,4\n", { mode: "dropMalformed" }, ["a bigint|b bigint", [3, 4]], { problems: { long_record: 1 } }],
  ["a,b\n1,2,\n3,4\n", { mode: "failFast" }, "csv_ragged_record"],
  ["a,b\n1\n", {}, ["a bigint|b string", [1, null]], { problems: { short_record: 1 } }],
  ["a,b\n1\n", { mode: "FAILFAST" }, "csv_ragged_record"],
  ["a,b\n1,2\n3\n4,5,6\n", { maxRows: 1 }, ["a bigint|b bigint", [1, 2]]],
  ["a,b\n1,2\n3\n4,5,6\n", { maxRows: 1, mode: "failFast" }, ["a bigint|b bigint", [1, 2]]],
  ["a,b\n1\n2,3\n4\n5,6\n", { maxRows: 2, mode: "dropMalformed" }, ["a bigint|b bigint", [2, 3], [5, 6]], { problems: { short_record: 2 } }],
  ["a,b\n1,2\n", { maxRows: 0 }, ["a string|b string"]],
  ["a,b\n1,2\n", { header: false, maxRows: 0 }, ["_c0 string|_c1 string"]],
  ["1,2\n3\n4,5,6\n", { header: false }, ["_c0 bigint|_c1 bigint", [1, 2], [3, null], [4, 5]], { problems: { short_record: 1, long_record: 1 } }],
  ["1\n2,3\n", { header: false, schema: { a: "int", b: "int" } }, ["a bigint|b bigint", [1, null], [2, 3]], { problems: { short_record: 1 } }],
  // A value that a schema cannot hold, by mode.
  ["a,b\n1,x\n2,3\n", { schema: { a: "int", b: "int" } }, ["a bigint|b bigint", [1, null], [2, 3]], { problems: { unconvertible: 1 } }],
  ["a,b\n1,x\n2,3\n", { schema: { a: "int", b: "int" }, mode: "dropMalformed" }, ["a bigint|b bigint", [2, 3]], { problems: { unconvertible: 1 } }],
  ["a,b\n1,x\n2,3\n", { schema: { a: "int", b: "int" }, mode: "failFast" }, "csv_type_conflict"],
  // Invalid UTF-8, by mode.
  [[...bytesOf("a,b\nx"), 0xff, ...bytesOf(",1\ny,2\n")], {}, ["a string|b bigint", ["x\ufffd", 1], ["y", 2]], { problems: { invalid_utf8: 1 } }],
  [[...bytesOf("a,b\nx"), 0xff, ...bytesOf(",1\ny,2\n")], { mode: "dropMalformed" }, ["a string|b bigint", ["y", 2]], { problems: { invalid_utf8: 1 } }],
  [[...bytesOf("a,b\nx"), 0xff, ...bytesOf(",1\ny,2\n")], { mode: "failFast" }, "csv_invalid_utf8"],
  // In a column that is not asked for, nothing is wrong with the rest.
  [[...bytesOf("a,b\nx,"), 0xe2, 0x82, ...bytesOf("\ny,2\n")], {}, ["a string|b string", ["x", "\ufffd"], ["y", "2"]], { problems: { invalid_utf8: 1 } }],
]);

cases("names", [
  ["a,A,a\n1,2,3\n", {}, ["a bigint|A_2 bigint|a_3 bigint", [1, 2, 3]], { problems: { repeated_name: 2 } }],
  ["a,a_2,a\n1,2,3\n", {}, ["a bigint|a_2 bigint|a_3 bigint", [1, 2, 3]], { problems: { repeated_name: 1 } }],
  ["Ä,ä\n1,2\n", {}, ["Ä bigint|ä_2 bigint", [1, 2]], { problems: { repeated_name: 1 } }],
  [",\n1,2\n", {}, ["_c0 bigint|_c1 bigint", [1, 2]], { problems: { empty_name: 2 } }],
  ['"",x\n1,2\n', {}, ["_c0 bigint|x bigint", [1, 2]], { problems: { empty_name: 1 } }],
  [" a , a\n1,2\n", {}, [" a  bigint| a bigint", [1, 2]]],
  [" a , a\n1,2\n", { trim: true }, ["a bigint|a_2 bigint", [1, 2]], { problems: { repeated_name: 1 } }],
  ["  ,b\n1,2\n", { trim: true }, ["_c0 bigint|b bigint", [1, 2]], { problems: { empty_name: 1 } }],
  ["\ufeffa,b\n1,2\n", {}, ["a bigint|b bigint", [1, 2]]],
  ['\ufeff"a",b\n1,2\n', {}, ["a bigint|b bigint", [1, 2]]],
  ["\ufeff\ufeffa\n1\n", {}, ["\ufeffa bigint", [1]]],
  ["\ufeff1,2\n", { header: false }, ["_c0 bigint|_c1 bigint", [1, 2]]],
  ['"a\nb","c""d"\n1,2\n', {}, ['a\nb bigint|c"d bigint', [1, 2]]],
  ["__proto__,constructor\n1,2\n", {}, ["__proto__ bigint|constructor bigint", [1, 2]]],
  ["a,b\n1,2\n", { nullValues: ["a"] }, ["a bigint|b bigint", [1, 2]]],
  ["rowid,oid\n7,8\n", {}, ["rowid bigint|oid bigint", [7, 8]]],
]);

cases("comments and skipped lines", [
  ["#c\na,b\n#1,2\n3,4\n", { comment: "#" }, ["a bigint|b bigint", [3, 4]]],
  ['a,b\n#"x\n3,4\n', { comment: "#" }, ["a bigint|b bigint", [3, 4]]],
  ['a,b\n"#x",4\n', { comment: "#" }, ["a string|b bigint", ["#x", 4]]],
  ['a,b\n"x\n#y",4\n', { comment: "#" }, ["a string|b bigint", ["x\n#y", 4]]],
  ["a,b\n #x,4\n", { comment: "#" }, ["a string|b bigint", [" #x", 4]]],
  ["a,b\n1,#x\n", { comment: "#" }, ["a bigint|b string", [1, "#x"]]],
  ["a\r#c\r1\r", { comment: "#" }, ["a bigint", [1]]],
  ["a\n1\n#", { comment: "#" }, ["a bigint", [1]]],
  ["#a\n1\n", {}, ["#a bigint", [1]]],
  ["#only\n", { comment: "#" }, "empty_input"],
  ['junk "\na,b\n1,2\n', { skipRows: 1 }, ["a bigint|b bigint", [1, 2]]],
  ["\n\na,b\n1,2\n", { skipRows: 2 }, ["a bigint|b bigint", [1, 2]]],
  ["j\r\nk\r\na,b\r\n1,2\r\n", { skipRows: 2 }, ["a bigint|b bigint", [1, 2]]],
  ["j\rk\ra,b\r1,2\r", { skipRows: 2 }, ["a bigint|b bigint", [1, 2]]],
  ["\ufeffj\na,b\n1,2\n", { skipRows: 1 }, ["a bigint|b bigint", [1, 2]]],
  ["#j\na,b\n1,2\n", { skipRows: 1, comment: "#" }, ["a bigint|b bigint", [1, 2]]],
  ["j\n1,2\n", { skipRows: 1, header: false }, ["_c0 bigint|_c1 bigint", [1, 2]]],
  ["a\n1\n", { skipRows: 9 }, "empty_input"],
  ["j;k;l\na,b\n1,2\n", { skipRows: 1, delimiter: "auto" }, ["a bigint|b bigint", [1, 2]], { delimiter: "," }],
]);

cases("NULLs, trim and quotes", [
  ['a,b\nNA,"NA"\n', { nullValues: ["NA"] }, ["a string|b string", [null, "NA"]]],
  ["a,b\nNA,\n1,x\n", { nullValues: ["NA"] }, ["a bigint|b string", [null, ""], [1, "x"]]],
  ["a,b\nNA,\nnull,x\n1,-\n", { nullValues: ["", "NA", "null", "-"] }, ["a bigint|b string", [null, null], [null, "x"], [1, null]]],
  ["a,b\n-99,1\n5,2\n", { nullValues: ["-99"] }, ["a bigint|b bigint", [null, 1], [5, 2]]],
  ["a,b\nna,1\n", { nullValues: ["NA"] }, ["a string|b bigint", ["na", 1]]],
  ["a,b\n,1\n", { nullValues: [] }, ["a string|b bigint", ["", 1]]],
  ["a,b\n NA ,1\n", { nullValues: ["NA"] }, ["a string|b bigint", [" NA ", 1]]],
  ["a,b\n NA ,1\n", { nullValues: ["NA"], trim: true }, ["a string|b bigint", [null, 1]]],
  ["a,b\n  , x \n", { trim: true }, ["a string|b string", [null, "x"]]],
  ['a,b\n" x ", 1 \n', { trim: true }, ["a string|b bigint", [" x ", 1]]],
  ['a,b\n" 1 ",2\n', { trim: true }, ["a string|b bigint", [" 1 ", 2]]],
  ["a,b\n\t1\t,2\n", { trim: true }, ["a bigint|b bigint", [1, 2]]],
  ["a,b\n\u00a01,2\n", { trim: true }, ["a string|b bigint", ["\u00a01", 2]]],
  ["a\tb\n 1 \t2\n", { trim: true, delimiter: "\t" }, ["a bigint|b bigint", [1, 2]]],
  ['a,b\n"",1\n,2\n', { schema: { a: "int", b: "int" } }, ["a bigint|b bigint", [null, 1], [null, 2]]],
  ['a,b\n"",1\n,2\n', { schema: { a: "string", b: "int" } }, ["a string|b bigint", ["", 1], [null, 2]]],
  ['a,b\n"",1\n,2\n3,4\n', {}, ["a string|b bigint", ["", 1], [null, 2], ["3", 4]]],
  ['a,b\n"x",1\n', { nullValues: ["x"], schema: { a: "string", b: "string" } }, ["a string|b string", ["x", "1"]]],
]);

cases("inference", [
  ["a\n1\n2\n", { inferSchema: false }, ["a string", ["1"], ["2"]]],
  ["a\n-0\n5\n", {}, ["a bigint", [0], [5]]],
  ["a\n-0\nx\n", {}, ["a string", ["-0"], ["x"]]],
  ["a\n1\n1.0\nx\n", {}, ["a string", ["1"], ["1.0"], ["x"]]],
  ["a\n1e2\n.5\n5.\nx\n", {}, ["a string", ["1e2"], [".5"], ["5."], ["x"]]],
  ["a\n1E+2\n-1.5e-3\n", {}, ["a double", [100], [-0.0015]]],
  ["a\n1e400\n1\n", {}, ["a string", ["1e400"], ["1"]]],
  ["a\n1e-400\n1\n", {}, ["a string", ["1e-400"], ["1"]]],
  ["a\n0.1\n9007199254740993\n", {}, ["a string", ["0.1"], ["9007199254740993"]]],
  ["a\n9007199254740992\n0.5\n", {}, ["a double", [9007199254740992], [0.5]]],
  ["a\n9223372036854775807\n-9223372036854775808\n", {}, ["a bigint", [9223372036854775807n], [-9223372036854775808n]]],
  ["a\n9223372036854775808\n1\n", {}, ["a string", ["9223372036854775808"], ["1"]]],
  ["a\n0x10\n1\n", {}, ["a string", ["0x10"], ["1"]]],
  ["a\n1_000\n1\n", {}, ["a string", ["1_000"], ["1"]]],
  ["a\n--1\n1\n", {}, ["a string", ["--1"], ["1"]]],
  ["a\n1-\n1\n", {}, ["a string", ["1-"], ["1"]]],
  ["a\ntRuE\nFALSE\n", {}, ["a boolean", [true], [false]]],
  ["a\ntRuE\nFALSE\nno\n", {}, ["a string", ["tRuE"], ["FALSE"], ["no"]]],
  ["a\ntrue\n1\n", {}, ["a string", ["true"], ["1"]]],
  ["a\n2024-02-29\n2023-02-29\n", {}, ["a string", ["2024-02-29"], ["2023-02-29"]]],
  ["a\n2024-02-29\n1\n", {}, ["a string", ["2024-02-29"], ["1"]]],
  ["a\n2024-01-31\n2024-01-31 10:00\n", {}, ["a timestamp", ["2024-01-31 00:00:00"], ["2024-01-31 10:00:00"]]],
  ["a\n2024-01-31T23:30:00-02:00\n", {}, ["a timestamp", ["2024-02-01 01:30:00"]]],
  ["a\n2024-01-31T23:30:00.1200Z\n", {}, ["a timestamp", ["2024-01-31 23:30:00.12"]]],
  ["a\n2024-01-31T23:30:00.1200Z\nx\n", {}, ["a string", ["2024-01-31T23:30:00.1200Z"], ["x"]]],
  ["a\n2024-01-31T23:30:00.1234567\n", {}, ["a string", ["2024-01-31T23:30:00.1234567"]]],
  ["a\n2024-01-31T24:00:00\n", {}, ["a string", ["2024-01-31T24:00:00"]]],
  ["a\n10:20:30\n", {}, ["a string", ["10:20:30"]]],
  ["a\n2024-1-1\n", {}, ["a string", ["2024-1-1"]]],
  ["a\n20240101\n", {}, ["a bigint", [20240101]]],
  ["a\nNaN\nInfinity\n", {}, ["a string", ["NaN"], ["Infinity"]]],
  ["a\n１\n", {}, ["a string", ["１"]]],
  ["a\n1\u0000\n", {}, ["a string", ["1\u0000"]]],
  ["a,b\n1,\u0000\n", {}, ["a bigint|b string", [1, "\u0000"]]],
  ["a,b\n,\n", {}, ["a string|b string", [null, null]]],
  ["a\n0.1234567890123456789\n", {}, ["a double", [0.12345678901234568]]],
  ["a\n0.1234567890123456789\nx\n", {}, ["a string", ["0.1234567890123456789"], ["x"]]],
]);

cases("given types", [
  [
    "b,i,l,d,m,s,t,u,x,j\nTRUE,-7,9007199254740993,1e3,1.005,007,2024-01-31,2024-01-31T10:00Z,é,\"[1,{}]\"\n",
    { schema: { b: "boolean", i: "int", l: "bigint", d: "double", m: "decimal(5,2)", s: "string", t: "date", u: "timestamp", x: "binary", j: "array<string>" } },
    [
      "b boolean|i bigint|l bigint|d double|m decimal(5,2)|s string|t date|u timestamp|x binary|j array<string>",
      [true, -7, 9007199254740993n, 1000, 1.01, "007", "2024-01-31", "2024-01-31 10:00:00", bytesOf("é"), [1, {}]],
    ],
  ],
  ["a,b\n1,0\n", { schema: { a: "boolean", b: "boolean" } }, ["a boolean|b boolean", [true, false]]],
  ["a\n2147483648\n", { schema: { a: "int" } }, ["a bigint", [null]], { problems: { unconvertible: 1 } }],
  ["a\n128\n-128\n", { schema: { a: "byte" } }, ["a bigint", [null], [-128]], { problems: { unconvertible: 1 } }],
  ["a\n1.0\n1.5\n", { schema: { a: "int" } }, ["a bigint", [null], [null]], { problems: { unconvertible: 2 } }],
  ["a\n+1\n007\n", { schema: { a: "int" } }, ["a bigint", [1], [7]]],
  ["a\n1234.5\n", { schema: { a: "decimal(5,2)" } }, ["a decimal(5,2)", [null]], { problems: { unconvertible: 1 } }],
  ["a\n2023-02-29\n2024-02-29\n", { schema: { a: "date" } }, ["a date", [null], ["2024-02-29"]], { problems: { unconvertible: 1 } }],
  ["a\n2024-02-29\n", { schema: { a: "timestamp" } }, ["a timestamp", ["2024-02-29 00:00:00"]]],
  ["a\n{\n", { schema: { a: "struct<x:int>" } }, ["a struct<x:int>", [null]], { problems: { unconvertible: 1 } }],
  ["x,y\n1,2\n", { schema: { a: "int", b: "string" } }, ["a bigint|b string", [1, "2"]]],
  ["B,A\n1,2\n", { schema: { a: "int", b: "string" } }, ["a bigint|b string", [2, "1"]]],
  ["a,b\n1,2\n", { schema: { a: "int", z: "int" } }, "unknown_column"],
  ["a,b,c\n1,2,3\n", { schema: { c: "string", a: "int" } }, ["c string|a bigint", ["3", 1]]],
  ["a,b,c\n1,2,3\n", { columns: ["c", "A"] }, ["c bigint|a bigint", [3, 1]]],
  ["a,b,c\n1,2,3\n", { columns: ["c"], schema: { a: "int", b: "int", c: "string" } }, ["c string", ["3"]]],
  ["1,2,3\n", { header: false, columns: ["_c2", "_c0"] }, ["_c2 bigint|_c0 bigint", [3, 1]]],
  ["a,b\n1,2\n", { columns: ["a", "a"] }, "duplicate_column"],
  ["a,b\n1,2\n", { columns: ["z"] }, "unknown_column"],
  ["a,b\n1,2\n", { columns: [] }, "invalid_argument"],
  ["a,b\n1,2\n", { schema: {} }, "invalid_argument"],
  ["a,b\n1,2\n", { schema: { a: "nonsense" } }, "invalid_argument"],
  ["a,b\n1,2\n3\n", { columns: ["a"], mode: "dropMalformed" }, ["a bigint", [1]], { problems: { short_record: 1 } }],
]);

cases("patterns of dates", [
  ["a\n31/12/2023\n", { dateFormat: "dd/MM/yyyy" }, ["a date", ["2023-12-31"]]],
  ["a\n31/12/2023\n31/02/2023\n", { dateFormat: "dd/MM/yyyy" }, ["a string", ["31/12/2023"], ["31/02/2023"]]],
  ["a\n2023-12-31\n", { dateFormat: "dd/MM/yyyy" }, ["a string", ["2023-12-31"]]],
  ["a,b\n20231231,5\n", { dateFormat: "yyyyMMdd" }, ["a date|b bigint", ["2023-12-31", 5]]],
  ["a\n31.12.2023 23:59\n", { timestampFormat: "dd.MM.yyyy HH:mm" }, ["a timestamp", ["2023-12-31 23:59:00"]]],
  ["a\n31.12.2023 23:59\nx\n", { timestampFormat: "dd.MM.yyyy HH:mm" }, ["a string", ["31.12.2023 23:59"], ["x"]]],
  ["a\n1/2/24\n", { dateFormat: "M/d/yy", schema: { a: "date" } }, ["a date", ["2024-01-02"]]],
  ["a\n31/12/2023\nbad\n", { dateFormat: "dd/MM/yyyy", schema: { a: "date" } }, ["a date", ["2023-12-31"], [null]], { problems: { unconvertible: 1 } }],
  ["a\n2024-01-31T10:20:30+02:00\n", { timestampFormat: "yyyy-MM-dd'T'HH:mm:ssXXX" }, ["a timestamp", ["2024-01-31 08:20:30"]]],
  ["a\n1\n", { dateFormat: "QQQ" }, "invalid_argument"],
]);

cases("delimiters", [
  ["a;b\n1,5;2\n", { delimiter: "auto" }, ["a string|b bigint", ["1,5", 2]], { delimiter: ";" }],
  ["a\tb\n1,5\t2\n", { delimiter: "auto" }, ["a string|b bigint", ["1,5", 2]], { delimiter: "\t" }],
  ["a|b\n1|2\n", { delimiter: "auto" }, ["a bigint|b bigint", [1, 2]], { delimiter: "|" }],
  ["a\n1\n", { delimiter: "auto" }, ["a bigint", [1]], { delimiter: "," }],
  ["a", { delimiter: "auto" }, ["a string"], { delimiter: "," }],
  ["", { delimiter: "auto" }, "empty_input"],
  ['"a,x";b\n"1,2";3\n', { delimiter: "auto" }, ["a,x string|b bigint", ["1,2", 3]], { delimiter: ";" }],
  ['a;b\n"x;y\n;z";2\n', { delimiter: "auto" }, ["a string|b bigint", ["x;y\n;z", 2]], { delimiter: ";" }],
  ["a;b,c\n1;2,5\n3;4,5\n", { delimiter: "auto" }, ["a;b string|c bigint", ["1;2", 5], ["3;4", 5]], { delimiter: "," }],
  ["\ufeffa;b\n1;2\n", { delimiter: "auto" }, ["a bigint|b bigint", [1, 2]], { delimiter: ";" }],
  ["a b\n1 2\n", { delimiter: " " }, ["a bigint|b bigint", [1, 2]]],
  ["a:b\n1:2\n", { delimiter: ":" }, ["a bigint|b bigint", [1, 2]]],
  ["a\u0001b\n1\u00012\n", { delimiter: "\u0001" }, ["a bigint|b bigint", [1, 2]]],
  ["a\tb\n1\t2\n", { delimiter: "\\t" }, ["a bigint|b bigint", [1, 2]]],
  ["a\n1\n", { delimiter: "" }, "invalid_argument"],
  ["a\n1\n", { delimiter: ",," }, "invalid_argument"],
  ["a\n1\n", { delimiter: '"' }, "invalid_argument"],
  ["a\n1\n", { delimiter: "\n" }, "invalid_argument"],
  ["a\n1\n", { comment: "," }, "invalid_argument"],
  ["a\n1\n", { mode: "nonsense" }, "invalid_argument"],
  ["a\n1\n", { maxRows: -1 }, "invalid_argument"],
  ["a\n1\n", { skipRows: 1.5 }, "invalid_argument"],
  ["a\n1\n", { header: "yes" }, "invalid_argument"],
]);

const utf16 = (text, big) => {
  const bytes = new Uint8Array(Buffer.from(text, "utf16le"));
  if (big) for (let i = 0; i < bytes.length; i += 2) [bytes[i], bytes[i + 1]] = [bytes[i + 1], bytes[i]];
  return bytes;
};
const text = "a,b\nÄ😀,1\n";
const rows = ["a string|b bigint", ["Ä😀", 1]];

cases("encodings", [
  [utf16(`\ufeff${text}`), {}, rows, { encoding: "utf-16le" }],
  [utf16(`\ufeff${text}`, true), {}, rows, { encoding: "utf-16be" }],
  [utf16(text), { encoding: "utf-16le" }, rows, { encoding: "utf-16le" }],
  [utf16(`\ufeff${text}`), { encoding: "utf-16le" }, rows, { encoding: "utf-16le" }],
  [utf16(`\ufeff${text}`), { encoding: "UTF-16" }, rows, { encoding: "utf-16le" }],
  // The mark knows better than a label that leaves the order open.
  [utf16(`\ufeff${text}`, true), { encoding: "utf-16" }, rows, { encoding: "utf-16be" }],
  [utf16(text, true), { encoding: "utf-16be" }, rows, { encoding: "utf-16be" }],
  [[...bytesOf("a,b\n"), 0xc4, ...bytesOf(",1\n")], { encoding: "latin1" }, ["a string|b bigint", ["Ä", 1]], { encoding: "windows-1252" }],
  [[...bytesOf("a,b\n"), 0x80, ...bytesOf(",1\n")], { encoding: "windows-1252" }, ["a string|b bigint", ["€", 1]]],
  [[...bytesOf("a,b\n"), 0x82, 0xa0, ...bytesOf(",1\n")], { encoding: "shift_jis" }, ["a string|b bigint", ["あ", 1]]],
  [[...bytesOf("a,b\n"), 0xb0, 0xa1, ...bytesOf(",1\n")], { encoding: "gb2312" }, ["a string|b bigint", ["啊", 1]], { encoding: "gbk" }],
  [bytesOf(text), { encoding: "UTF8" }, rows, { encoding: "utf-8" }],
  [bytesOf(text), { encoding: " utf-8 " }, rows, { encoding: "utf-8" }],
  [utf16("\ufeffa,b\n\ud800,1\n"), {}, ["a string|b bigint", ["\ufffd", 1]], { problems: { invalid_utf8: 1 } }],
  [utf16("\ufeffa,b\n\ud800,1\n"), { mode: "failFast" }, "csv_invalid_utf8"],
  [utf16("\ufeffa,b\n1,2").slice(0, -1), {}, ["a bigint|b string", [1, "\ufffd"]], { problems: { invalid_utf8: 1 } }],
  [bytesOf("a\n1\n"), { encoding: "nonsense" }, "invalid_argument"],
  [[0xff, 0xfe], {}, "empty_input"],
]);

const zipped = gzipSync("a,b\n1,x\n");
cases("compression", [
  [zipped, {}, ["a bigint|b string", [1, "x"]]],
  [Buffer.concat([gzipSync("a,b\n1"), gzipSync(""), gzipSync(",x\n")]), {}, ["a bigint|b string", [1, "x"]]],
  [gzipSync(utf16("\ufeffa,b\n1,x\n")), {}, ["a bigint|b string", [1, "x"]], { encoding: "utf-16le" }],
  [gzipSync("\ufeffa,b\n1,x\n"), {}, ["a bigint|b string", [1, "x"]]],
  [deflateSync("a,b\n1,x\n"), {}, ["a bigint|b string", [1, "x"]]],
  [deflateSync("a,b\n1,x\n"), { compression: "deflate" }, ["a bigint|b string", [1, "x"]]],
  [deflateRawSync("a,b\n1,x\n"), { compression: "deflate" }, ["a bigint|b string", [1, "x"]]],
  [zipped, { compression: "gzip" }, ["a bigint|b string", [1, "x"]]],
  [gzipSync(""), {}, "empty_input"],
  [zipped.subarray(0, -1), {}, "corrupt"],
  [zipped.subarray(0, 5), {}, "corrupt"],
  [zipped.subarray(0, 2), {}, "corrupt"],
  [Buffer.concat([zipped, Buffer.from("junk")]), {}, "corrupt"],
  ["a,b\n1,x\n", { compression: "gzip" }, "corrupt"],
  ["a,b\n1,x\n", { compression: "none" }, ["a bigint|b string", [1, "x"]]],
  ["a\n1\n", { compression: "zstd" }, "invalid_argument"],
  ["x^2,y\n1,2\n", {}, ["x^2 bigint|y bigint", [1, 2]]],
]);

cases("options in company", [
  ["#;;;;\na,b\n1,2\n", { delimiter: "auto", comment: "#" }, ["a bigint|b bigint", [1, 2]], { delimiter: "," }],
  ["\ufeff#;;\r\n#\r\na;b\r\n1;2\r\n", { delimiter: "auto", comment: "#" }, ["a bigint|b bigint", [1, 2]], { delimiter: ";" }],
  ['"a;b\tc";d\n"1,2,3,4";5\n', { delimiter: "auto" }, ["a;b\tc string|d bigint", ["1,2,3,4", 5]], { delimiter: ";" }],
  ["'a,b';c\n1;2\n", { delimiter: "auto", quote: "'" }, ["a,b bigint|c bigint", [1, 2]], { delimiter: ";" }],
  ["a|b\n1|2\n3\n", { delimiter: "auto", mode: "dropMalformed" }, ["a bigint|b bigint", [1, 2]], { delimiter: "|", problems: { short_record: 1 } }],
  ["1;2\n3;4\n", { delimiter: "auto", header: false }, ["_c0 bigint|_c1 bigint", [1, 2], [3, 4]], { delimiter: ";" }],
  [utf16("\ufeffj;k\r\na;b\r\n1;2\r\n"), { delimiter: "auto", skipRows: 1 }, ["a bigint|b bigint", [1, 2]], { delimiter: ";", encoding: "utf-16le" }],
  [gzipSync(utf16("\ufeff#x\r\na\tb\r\n1\t2\r\n", true)), { delimiter: "\t", comment: "#" }, ["a bigint|b bigint", [1, 2]], { encoding: "utf-16be" }],
  ["j\n#c\n1,x\n2,y\n", { header: false, comment: "#", skipRows: 1, columns: ["_c1"] }, ["_c1 string", ["x"], ["y"]]],
  ["1,x,5\n2,y,6\n", { header: false, schema: { a: "int", b: "string", c: "int" }, columns: ["C", "a"] }, ["c bigint|a bigint", [5, 1], [6, 2]]],
  ["1,x,5\n", { header: false, schema: { a: "int", b: "string" } }, ["a bigint|b string", [1, "x"]], { problems: { long_record: 1 } }],
  ["a,b,c\n1,x,5\n", { schema: { x: "int", y: "string" } }, ["x bigint|y string", [1, "x"]]],
  [" a ,b\n 1 , NA \n", { trim: true, columns: ["a", "b"], nullValues: ["NA"] }, ["a bigint|b string", [1, null]]],
  ['a,b\n" 007 ",  007  \n', { trim: true }, ["a string|b string", [" 007 ", "007"]]],
  ["a,b\n 2024-01-31 , true \n", { trim: true }, ["a date|b boolean", ["2024-01-31", true]]],
  ["a,b\n 2024-01-31 , true \n", {}, ["a string|b string", [" 2024-01-31 ", " true "]]],
  ["a,b\n 5 , 31/01/2024 \n", { trim: true, schema: { a: "int", b: "date" }, dateFormat: "dd/MM/yyyy" }, ["a bigint|b date", [5, "2024-01-31"]]],
  ["a,b\n 5 ,1\n", { schema: { a: "int", b: "int" } }, ["a bigint|b bigint", [null, 1]], { problems: { unconvertible: 1 } }],
  ["a,b\nNA,x\n1,y\nNA,\n", { nullValues: ["", "NA"], schema: { a: "int", b: "string" }, mode: "failFast" }, ["a bigint|b string", [null, "x"], [1, "y"], [null, null]]],
  ["a,b\n1,x\ny,2\n3,z\n", { schema: { a: "int", b: "string" }, mode: "dropMalformed", maxRows: 2 }, ["a bigint|b string", [1, "x"], [3, "z"]], { problems: { unconvertible: 1 } }],
  ["a,b\n1,x\n2\n", { mode: "failFast", columns: ["a"] }, "csv_ragged_record"],
  ["a,b\r1,\"x\r\ny\"\r\n2,z\n", {}, ["a bigint|b string", [1, "x\r\ny"], [2, "z"]]],
  ["a,b\r\n#x\r\n\r\n1,2\r\n#y", { comment: "#" }, ["a bigint|b bigint", [1, 2]]],
  ["a;b\n'x\\'y;';2\n", { quote: "'", escape: "\\", delimiter: ";" }, ["a string|b bigint", ["x'y;", 2]]],
  ["a;b\n'x\\\n;';2\n", { quote: "'", escape: "\\", delimiter: ";" }, ["a string|b bigint", ["x\n;", 2]]],
  ["a,b\n1,2\n", { quote: "", escape: "\\" }, ["a bigint|b bigint", [1, 2]]],
  ["a,b\n\"1\",\"NA\"\nNA,NA\n", { nullValues: ["NA"], mode: "failFast" }, ["a bigint|b string", [1, "NA"], [null, null]]],
  [[...bytesOf("\u00e9,b\n1,2\n")].map((byte) => (byte === 0xa9 ? 0xff : byte)), {}, ["\ufffd\ufffd bigint|b bigint", [1, 2]], { problems: { invalid_utf8: 1 } }],
  [[0xff, 0x2c, 0x62, 0x0a, 0x31, 0x2c, 0x32], { mode: "failFast" }, "csv_invalid_utf8"],
  ["a,b\n1.5,2024-01-31\n2,2024-01-31 10:00Z\n,\n", {}, ["a double|b timestamp", [1.5, "2024-01-31 00:00:00"], [2, "2024-01-31 10:00:00"], [null, null]]],
  ["a,b\n1.5,2024-01-31\nx,y\n", { maxRows: 1 }, ["a double|b date", [1.5, "2024-01-31"]]],
  ["a,b\n1,2\n", { schema: [{ name: "b", type: "string" }, { name: "a", type: "double" }] }, ["b string|a double", ["2", 1]]],
  ["a,b\n1,2\n", { table: "named", ifExists: "replace", schema: { a: "string", b: "int" } }, ["a string|b bigint", ["1", 2]]],
  ["a,b\n1,2\n", { inferSchema: false, columns: ["b"] }, ["b string", ["2"]]],
  ["a,b\n1,2\n", { inferSchema: false, dateFormat: "dd/MM/yyyy" }, ["a string|b string", ["1", "2"]]],
]);

test("types that change late, by source and onTypeConflict", async () => {
  const lines = (n, last) => `a,b\n${Array.from({ length: n }, (_, i) => `${i},0.${i}44218515250481${i}\n`).join("")}${last}\n`;
  const input = lines(5000, "x,y");
  for (const source of [bytesOf(input), new Blob([input]), cut(bytesOf(input), 65536), { text: input }]) {
    const { columns, rows, error } = await read(source, {});
    assert.equal(error, undefined);
    assert.deepEqual([columns, rows.length, rows[7], rows[4999], rows[5000]], [["a string", "b string"], 5001, ["7", "0.7442185152504817"], ["4999", "0.4999442185152504814999"], ["x", "y"]]);
  }
  for (const [onTypeConflict, last] of [["null", { a: null, b: null }], ["text", { a: "x", b: "y" }]]) {
    const { rows, error } = await readStream(cut(bytesOf(input), 65536), { onTypeConflict });
    assert.equal(error, undefined);
    assert.deepEqual([rows.length, rows.at(-1)], [5001, last], onTypeConflict);
  }
  assert.equal((await readStream(cut(bytesOf(input), 65536), { onTypeConflict: "error" })).error, "csv_type_conflict");
  assert.equal((await readStream(cut(bytesOf(input), 65536), { inferSchema: false })).rows.length, 5001);
  await assert.rejects(db.read.csv({ text: "a\n1\n" }, { onTypeConflict: "other" }), { code: "invalid_argument" });
});

test("archives and marks cut anywhere", async () => {
  const inputs = [
    Buffer.concat([gzipSync("\ufeffa,b\r\n1,\"x\r\n"), gzipSync('y"\r\n2,é\r\n')]),
    Buffer.from('\ufeffa,b\r\n1,"x\r\ny"\r\n2,é\r\n'),
    Buffer.from(utf16('\ufeffa,b\r\n1,"x\r\ny"\r\n2,é\r\n', true)),
    deflateSync('\ufeffa,b\r\n1,"x\r\ny"\r\n2,é\r\n'),
  ];
  for (const input of inputs) {
    for (let at = 0; at <= input.length; at++) {
      const { columns, rows } = await read([input.subarray(0, at), input.subarray(at)], {});
      assert.deepEqual([columns, rows], [["a bigint", "b string"], [[1, "x\r\ny"], [2, "é"]]], `cut at ${at} of ${input.length}`);
    }
  }
});
