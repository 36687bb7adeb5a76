// Loading CSV, side by side: every way in a process of its own, in turns, medians of CPU time, and ratios to ours. `cold` is the first load of a
// process, in which much of the code is still being compiled; `warm` are its later loads.
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
  const of = (way, what) => median(results[way].map((result) => result[what]));
  const line = (name, cells) => console.log(name.padEnd(32) + cells.map((cell) => String(cell).padStart(9)).join(""));
  console.log(`\n${name}: ${results[ways[0]][0]?.rows} rows`);
  line("way", ["cold ms", "ratio", "warm ms", "ratio", "wall ms", "peak MB"]);
  for (const way of ways) {
    if (results[way].length === 0) line(way, [results[way].error ?? "no result"]);
    else line(way, ["cold", "warm"].flatMap((what) => [of(way, what), (of(way, what) / of(ways[0], what)).toFixed(1)]).concat(of(way, "wall"), of(way, "peak")));
  }
}
