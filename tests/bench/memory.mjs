// make bench-memory: peak memory against the size of the input, which is generated as a stream and never stored: 10 mixed columns.
//   load    all columns into a database file
//   filter  {stream: true}, rows counted where a condition holds
// Every measurement has a process of its own. node tests/bench/memory.mjs [--sizes 0.1,0.5,2] [--ways load,filter] (sizes in GB)
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { sizes: { type: "string", default: "0.1,0.5,2" }, ways: { type: "string", default: "load,filter" }, one: { type: "string" }, pkg: { type: "string", default: "../../pkg/dist/index.js" } },
});

const HEADER = "id,n,amount,ratio,city,name,flag,day,at,score\n";
const cities = ["Berlin", "São Paulo", "New York", "Tōkyō", "Nairobi", "Zürich", "Lima", "Oslo"];
const two = (n) => String(n).padStart(2, "0");

/** CSV in pieces of about 64 KiB, until so many bytes were given. */
async function* csv(n_bytes) {
  let state = 1;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  let left = n_bytes;
  let text = HEADER;
  for (let i = 0; left > 0; i++) {
    const day = `20${two(10 + Math.floor(random() * 15))}-${two(1 + Math.floor(random() * 12))}-${two(1 + Math.floor(random() * 28))}`;
    const name = random() < 0.1 ? `"Smith, ${i} ""Jo"""` : `customer ${Math.floor(random() * 100000)}`;
    text += `${i},${Math.floor(random() * 1e6)},${(random() * 1000).toFixed(2)},${random().toFixed(6)},${cities[i & 7]},${name},${random() < 0.5},${day},${day} ${two(Math.floor(random() * 24))}:30:00,${random() < 0.1 ? "" : Math.floor(random() * 100)}\n`;
    if (text.length >= 1 << 16) {
      const piece = new TextEncoder().encode(text);
      left -= piece.length;
      yield piece;
      text = "";
    }
  }
}

const ways = {
  async load(connect, n_bytes) {
    const folder = mkdtempSync(join(tmpdir(), "moltres-memory-"));
    try {
      const path = join(folder, "big.db");
      const db = await connect(path);
      const { readReport } = await db.read.csv(csv(n_bytes), { table: "big" });
      await db.close();
      return { rows: readReport.rows, bytes: readReport.bytes, file: statSync(path).size };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  async filter(connect, n_bytes) {
    const db = await connect();
    let rows = 0;
    let found = 0;
    for await (const batch of db.read.csv(csv(n_bytes), { stream: true })) {
      rows += batch.length;
      for (const row of batch) if (row.city === "Oslo" && row.score > 50) found++;
    }
    await db.close();
    return { rows, found };
  },
};

if (values.one) {
  const [way, size] = values.one.split(":");
  const { connect } = await import(values.pkg);
  const start = performance.now();
  const result = await ways[way](connect, Number(size) * 1e9);
  console.log(JSON.stringify({ ...result, seconds: Math.round((performance.now() - start) / 100) / 10, peak: Math.round(process.resourceUsage().maxRSS / 1024) }));
} else {
  console.log(`${"way".padEnd(8)}${"GB".padStart(6)}${"rows".padStart(12)}${"peak MB".padStart(9)}${"seconds".padStart(9)}${"file MB".padStart(9)}`);
  for (const way of values.ways.split(",")) {
    for (const size of values.sizes.split(",")) {
      const output = execFileSync(process.execPath, [import.meta.filename, "--one", `${way}:${size}`, "--pkg", values.pkg], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
      const { rows, peak, seconds, file } = JSON.parse(output.trim().split("\n").at(-1));
      console.log(`${way.padEnd(8)}${size.padStart(6)}${String(rows).padStart(12)}${String(peak).padStart(9)}${String(seconds).padStart(9)}${(file ? String(Math.round(file / 1e6)) : "").padStart(9)}`);
    }
  }
}
