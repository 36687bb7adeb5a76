// Builds the playground into dist/: one script, one style sheet, fonts and sample data. Everything it needs at run time is in that folder.
//
//   node build.mjs            minified
//   node build.mjs --dev      with source maps

import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const dist = join(HERE, "dist");
const data = join(HERE, "..", "tests", "acceptance", "data");
const dev = process.argv.includes("--dev");
const module = join(HERE, "..", "pkg", "dist", "index.js");

if (!existsSync(module)) throw new Error(`${module} is missing: run make, which builds it`);
rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "samples"), { recursive: true });

// A classic script, not a module: then the page also opens from a folder, without a server.
await build({
  entryPoints: [join(HERE, "src", "main.ts")],
  outfile: join(dist, "app.js"),
  bundle: true,
  format: "iife",
  target: "es2022",
  platform: "browser",
  alias: { moltres: module },
  external: ["node:*", "apache-arrow", "hyparquet", "hyparquet-compressors"],
  minify: !dev,
  keepNames: true,
  sourcemap: dev ? "inline" : false,
  legalComments: "none",
  loader: { ".csv": "text" },
  logLevel: "warning",
});
await build({
  entryPoints: [join(HERE, "src", "style.css")],
  outfile: join(dist, "style.css"),
  bundle: true,
  minify: !dev,
  loader: { ".woff2": "file" },
  assetNames: "fonts/[name]",
  logLevel: "warning",
});

copyFileSync(join(HERE, "src", "index.html"), join(dist, "index.html"));
for (const sample of ["nycflights13/airports.csv", "nycflights13/planes.csv", "nycflights13/flights.csv.gz"]) {
  copyFileSync(join(data, sample), join(dist, "samples", basename(sample)));
}
const licences = ["inter", "jetbrains-mono", "source-serif-4"].map((font) => readFileSync(join(HERE, "node_modules", "@fontsource-variable", font, "LICENSE"), "utf8"));
writeFileSync(join(dist, "fonts", "LICENSES.txt"), licences.join("\n\n----\n\n"));
if (existsSync(join(HERE, "runbook", "index.html"))) cpSync(join(HERE, "runbook"), join(dist, "runbook"), { recursive: true });
