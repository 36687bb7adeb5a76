// createDataFrame: what comes in, what types follow, what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { column, connect } from "../../pkg/dist/index.js";

const db = await connect();
const facts = async (frame) => ({ types: Object.fromEntries(await frame.dtypes()), rows: await frame.collect() });
const same = (rows, expected) => assert.deepEqual(rows.map((row) => ({ ...row })), expected);

test("rows as objects: types follow from the values", async () => {
  const when = new Date(Date.UTC(2024, 1, 29, 12));
  const { types, rows } = await facts(
    db.createDataFrame([
      { id: 1, x: 1, big: 2n ** 60n, ok: true, name: "Zoë", at: when, bytes: new Uint8Array([1, 2]), tags: ["a", "b"], who: { first: "A", n: 1 } },
      { id: 2, x: 2.5, big: 1n, ok: null, name: null, at: null, bytes: null, tags: [], who: { first: "B", n: 2 }, late: "x" },
    ]),
  );
  assert.deepEqual(types, {
    id: "bigint", x: "double", big: "bigint", ok: "boolean", name: "string", at: "timestamp", bytes: "binary", tags: "array<string>",
    who: "struct<first:string,n:bigint>", late: "string",
  });
  same(rows, [
    { id: 1, x: 1, big: 2n ** 60n, ok: true, name: "Zoë", at: "2024-02-29 12:00:00", bytes: new Uint8Array([1, 2]), tags: ["a", "b"], who: { first: "A", n: 1 }, late: null },
    { id: 2, x: 2.5, big: 1, ok: null, name: null, at: null, bytes: null, tags: [], who: { first: "B", n: 2 }, late: "x" },
  ]);
});

test("the same beyond what travels in the plan", async () => {
  const source = Array.from({ length: 3000 }, (_, i) => ({ i, x: i / 2, s: i % 7 ? `s${i}` : null, d: new Date(i * 1000), list: [i], b: i % 2 === 0, big: BigInt(i) * 2n ** 50n }));
  const frame = db.createDataFrame(source);
  assert.equal(await frame.count(), 3000);
  assert.deepEqual(Object.fromEntries(await frame.dtypes()), { i: "bigint", x: "double", s: "string", d: "timestamp", list: "array<bigint>", b: "boolean", big: "bigint" });
  const [row] = await frame.where("i = 2999").collect();
  assert.deepEqual({ ...row }, { i: 2999, x: 1499.5, s: "s2999", d: "1970-01-01 00:49:59", list: [2999], b: false, big: 2999n * 2n ** 50n });
  assert.deepEqual(await db.tables(), []);
});

test("columns, typed arrays, arrays with a schema, single values", async () => {
  same((await facts(db.createDataFrame({ a: [1, 2], b: new Float64Array([0.5, 1]), c: new BigInt64Array([1n, 2n]) }))).rows, [{ a: 1, b: 0.5, c: 1 }, { a: 2, b: 1, c: 2 }]);
  same((await facts(db.createDataFrame([[1, "x"]], ["id", "name"]))).rows, [{ id: 1, name: "x" }]);
  same((await facts(db.createDataFrame([[1, "x"]]))).rows, [{ _1: 1, _2: "x" }]);
  same((await facts(db.createDataFrame([1, 2], "int"))).rows, [{ value: 1 }, { value: 2 }]);
  same((await facts(db.createDataFrame(new Set(["a"])))).rows, [{ value: "a" }]);
});

test("a schema in each of its forms", async () => {
  const data = [{ id: 1, day: new Date(Date.UTC(2024, 0, 31)), price: 2 }];
  const wanted = { id: "bigint", day: "date", price: "double" };
  for (const schema of [
    wanted,
    "id BIGINT, day DATE, price DOUBLE",
    "id: bigint, day: date, price: double",
    [column("id", "BIGINT"), column("day", "DATE"), column("price", "DOUBLE")],
  ]) {
    const { types, rows } = await facts(db.createDataFrame(data, { schema }));
    assert.deepEqual(types, wanted);
    same(rows, [{ id: 1, day: "2024-01-31", price: 2 }]);
  }
  assert.deepEqual(await db.createDataFrame([], { schema: "a INT, b STRING" }).columns(), ["a", "b"]);
});

test("an async iterable gives a Promise", async () => {
  async function* rows() {
    yield { a: 1 };
    yield [{ a: 2 }, { a: 3 }];
  }
  const frame = db.createDataFrame(rows());
  assert.ok(frame instanceof Promise);
  same(await (await frame).collect(), [{ a: 1 }, { a: 2 }, { a: 3 }]);
});

test("what cannot be a frame", async () => {
  const refused = [
    [() => db.createDataFrame([]), "empty_input"],
    [() => db.createDataFrame({}), "empty_input"],
    [() => db.createDataFrame(5), "invalid_argument"],
    [() => db.createDataFrame([{ a: 1 }, 2]), "invalid_argument"],
    [() => db.createDataFrame([[1], [1, 2]]), "invalid_argument"],
    [() => db.createDataFrame({ a: [1], b: [1, 2] }), "invalid_argument"],
    [() => db.createDataFrame([{ a: 1 }, { a: "x" }]), "type_mismatch"],
    [() => db.createDataFrame([{ a: "x" }], { schema: { a: "int" } }), "type_mismatch"],
    [() => db.createDataFrame([{ a: () => 1 }]), "invalid_argument"],
    [() => db.createDataFrame([{ a: 1 }], { schema: "a" }), "invalid_argument"],
    [() => db.createDataFrame([{ a: 1 }], { schema: ["a", "A"] }), "invalid_argument"],
  ];
  for (const [make, code] of refused) assert.throws(make, { code }, String(make));
  assert.throws(() => db.createDataFrame([{ a: 1 }, { a: "x" }]), { message: 'createDataFrame: column "a" holds bigint and, in row 1, string' });
});

test("rows in the plan and rows in a table are the same", async () => {
  const far = (rows) => [...rows, ...Array(500).fill(rows.at(-1))];
  const check = async (rows, schema, type, expected) => {
    for (const data of [rows, far(rows)]) {
      const { types, rows: found } = await facts(db.createDataFrame(data, schema && { schema }));
      assert.deepEqual(types.a, type);
      assert.deepEqual(found.slice(0, rows.length).map((row) => row.a), expected);
    }
  };
  await check([{ a: NaN }, { a: 1.5 }], undefined, "double", [null, 1.5]);
  await check([{ a: "x\ud800y" }, { a: "\udc00" }], undefined, "string", ["x\ufffdy", "\ufffd"]);
  await check([{ a: { b: 2n ** 60n, c: [-(2n ** 63n)] } }], undefined, "struct<b:bigint,c:array<bigint>>", [{ b: 2n ** 60n, c: [-(2n ** 63n)] }]);
  await check([{ a: "[1,2]" }], { a: "array<bigint>" }, "array<bigint>", [[1, 2]]);
  await check(
    [{ a: "2024-01-01" }, { a: "2024-01-01T10:00:00.500Z" }, { a: "2024-01-01 10:00:00+02:00" }, { a: "2024-01-01T23:30-01:00" }], { a: "timestamp" }, "timestamp",
    ["2024-01-01 00:00:00", "2024-01-01 10:00:00.5", "2024-01-01 08:00:00", "2024-01-02 00:30:00"],
  );
  // What every object inherits is no column of a row that lacks it.
  for (const name of ["constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"]) {
    const rows = [JSON.parse(`{"${name}": "x", "n": 1}`), { n: 2 }];
    for (const data of [rows, far(rows)]) assert.deepEqual(Object.entries((await db.createDataFrame(data).collect())[1]), [[name, null], ["n", 2]]);
  }
  const circle = {};
  circle.self = circle;
  const refusals = [
    [[{ a: circle }], undefined, "invalid_argument", /holds itself/], [[{ a: new Date(8.64e15) }], undefined, "invalid_argument", /year 275760/],
    [[{ a: "2024-13-01" }], { a: "date" }, "type_mismatch", /2024-13-01/], [[{ a: "2024-02-30 10:00" }], { a: "timestamp" }, "type_mismatch", /2024-02-30/],
    [[{ a: 128 }], { a: "tinyint" }, "type_mismatch", /128 is not of type tinyint/], [[{ a: -32769 }], { a: "smallint" }, "type_mismatch", /-32769/],
    [[{ a: 3e9 }], { a: "int" }, "type_mismatch", /3000000000/], [[{ a: new Uint8Array(1) }], { a: "string" }, "type_mismatch", /string/],
    [[{ a: "x" }], { a: "array<int>" }, "type_mismatch", /array<int>/], [[{ a: null }], [column("a", "int", { nullable: false })], "constraint_not_null", /null/],
  ];
  for (const [rows, schema, code, pattern] of refusals)
    for (const data of [rows, far(rows)])
      await assert.rejects(
        async () => db.createDataFrame(data, schema && { schema }).collect(),
        (error) => (error.code === code && pattern.test(error.message)) || assert.fail(`${error.code}: ${error.message}`),
      );
  for (const a of [127, -128]) await check([{ a }], { a: "tinyint" }, "tinyint", [a]).catch((error) => assert.match(error.message, /bigint/));
});
