// The files that are measured: made once, the same everywhere.
import { createReadStream, createWriteStream, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

const here = import.meta.dirname;
const folder = join(here, "data");
const flights = join(here, "..", "acceptance", "data", "nycflights13", "flights.csv.gz");

function* lines(n, header, line) {
  yield `${header}\n`;
  let text = "";
  for (let i = 0; i < n; i++) {
    text += line(i);
    if (text.length > 1 << 16) {
      yield text;
      text = "";
    }
  }
  yield text;
}

let state = 1;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
const cities = ["Berlin", "São Paulo", "New York", "Tōkyō", "Nairobi", "Zürich", "Lima", "Oslo"];
const two = (n) => String(n).padStart(2, "0");

function mixed(i) {
  const day = `20${two(10 + Math.floor(random() * 15))}-${two(1 + Math.floor(random() * 12))}-${two(1 + Math.floor(random() * 28))}`;
  const name = random() < 0.1 ? `"Smith, ${i} ""Jo"""` : `customer ${Math.floor(random() * 100000)}`;
  return `${i},${Math.floor(random() * 1e6)},${(random() * 1000).toFixed(2)},${random().toFixed(6)},${cities[Math.floor(random() * 8)]},${name},${random() < 0.5},${day},${day} ${two(Math.floor(random() * 24))}:${two(Math.floor(random() * 60))}:00,${random() < 0.1 ? "" : Math.floor(random() * 100)}\n`;
}

const wide = (i) => `${Array.from({ length: 200 }, (_, c) => (c % 4 === 3 ? `t${(i * c) % 97}` : c % 4 === 2 ? (random() * 10).toFixed(2) : (i * (c + 1)) % 10007)).join(",")}\n`;

/** Path of a file, made if it is not there: `mixed` (1,000,000 rows, 10 columns), `wide` (50,000 rows, 200 columns), `flights`. */
export async function file(name, n) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}${n ?? ""}.csv`);
  if (existsSync(path)) return path;
  if (name === "flights") await pipeline(createReadStream(flights), createGunzip(), createWriteStream(path));
  if (name === "mixed") await pipeline(lines(n ?? 1_000_000, "id,n,amount,ratio,city,name,flag,day,at,score", mixed), createWriteStream(path));
  if (name === "wide") await pipeline(lines(n ?? 50_000, Array.from({ length: 200 }, (_, c) => `c${c}`).join(","), wide), createWriteStream(path));
  return path;
}
