// Loading CSV, side by side: every way in a process of its own, in turns, medians of CPU time, and ratios to ours.
//   node tests/bench/load.mjs [--repeat 3] [--files mixed,flights,wide] [--ways moltres,…]
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { file } from "./data.mjs";

const { values } = parseArgs({ options: { repeat: { type: "string", default: "3" }, files: { type: "string", default: "mixed,flights,wide" }, ways: { type: "string" } } });
const script = join(import.meta.dirname, "way.mjs");
const all = JSON.parse(execFileSync(process.execPath, [script], { encoding: "utf8" }));
const ways = values.ways ? values.ways.split(",") : all;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

for (const name of values.files.split(",")) {
  const path = await file(name);
  const results = Object.fromEntries(ways.map((way) => [way, []]));
  for (let i = 0; i < Number(values.repeat); i++) {
    for (const way of ways) {
      try {
        results[way].push(JSON.parse(execFileSync(process.execPath, ["--max-old-space-size=6000", script, way, path], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim().split("\n").at(-1)));
      } catch (error) {
        results[way].error = String(error.stderr ?? error).trim().split("\n").findLast((line) => /error/i.test(line)) ?? "failed";
      }
    }
  }
  const ours = median(results[ways[0]].map((r) => r.cpu));
  console.log(`\n${name}: ${results[ways[0]][0]?.rows} rows\n${"way".padEnd(32)}${"CPU ms".padStart(9)}${"ratio".padStart(8)}${"wall ms".padStart(9)}${"peak MB".padStart(9)}`);
  for (const way of ways) {
    const runs = results[way];
    if (runs.length === 0) console.log(way.padEnd(32) + (runs.error ?? "no result"));
    else console.log(way.padEnd(32) + String(median(runs.map((r) => r.cpu))).padStart(9) + (median(runs.map((r) => r.cpu)) / ours).toFixed(1).padStart(8) + String(median(runs.map((r) => r.wall))).padStart(9) + String(median(runs.map((r) => r.peak))).padStart(9));
  }
}
