// Builds dist/ from src/ and the module that wasm-pack left in wasm/.
//
//   node build.mjs            optimised: wasm-opt, minified where it is inline, declarations, size table
//   node build.mjs --dev      as it is, without wasm-opt, sizes and declarations
//
// dist/index.js, index.cjs       the module inline, gzip as base64: no configuration anywhere
// dist/slim.js, slim.cjs         without the module: init(bytes | URL | Response | WebAssembly.Module) first
// dist/moltres.global.js         a classic script, `globalThis.moltres`, for file:// pages
// dist/moltres.wasm              the module itself

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const dev = process.argv.includes("--dev");
const dist = join(HERE, "dist");
const raw = join(HERE, "wasm", "moltres_bg.wasm");

if (!existsSync(raw)) throw new Error(`${raw} is missing: run make, which builds it`);
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const wasm = join(dist, "moltres.wasm");
if (dev) copyFileSync(raw, wasm);
else optimise(raw, wasm);

const wasmModule = (inline) => ({
  name: "moltres-wasm",
  setup(b) {
    b.onResolve({ filter: /^moltres:wasm$/ }, () => ({ path: "moltres:wasm", namespace: "moltres" }));
    b.onLoad({ filter: /.*/, namespace: "moltres" }, () => ({
      contents: `export const wasmGzip = ${JSON.stringify(inline ? gzipSync(readFileSync(wasm), { level: 9 }).toString("base64") : "")};`,
      loader: "js",
    }));
  },
});

/** The Worker's script as text, self-contained but for the module, which is sent to it. */
const workerModule = () => ({
  name: "moltres-worker",
  setup(b) {
    b.onResolve({ filter: /^moltres:worker$/ }, () => ({ path: "moltres:worker", namespace: "moltres-worker" }));
    b.onLoad({ filter: /.*/, namespace: "moltres-worker" }, async () => {
      const built = await build({
        ...common,
        sourcemap: false,
        minify: !dev,
        entryPoints: entry("worker-entry.ts"),
        format: "iife",
        write: false,
        plugins: [wasmModule(false)],
      });
      return { contents: `export const workerSource = ${JSON.stringify(built.outputFiles[0].text)};`, loader: "js" };
    });
  },
});

const common = {
  bundle: true,
  target: "es2022",
  platform: "neutral",
  mainFields: ["module", "main"],
  external: ["node:*", "apache-arrow", "hyparquet", "hyparquet-compressors"],
  legalComments: "none",
  sourcemap: dev ? "inline" : false,
  logLevel: "warning",
  define: { MOLTRES_VERSION: JSON.stringify(JSON.parse(readFileSync(join(HERE, "package.json"), "utf8")).version) },
};
const entry = (file) => [join(HERE, "src", file)];

const bundles = [
  { entryPoints: entry("index.ts"), outfile: join(dist, "index.js"), format: "esm", plugins: [wasmModule(true), workerModule()] },
  { entryPoints: entry("index.ts"), outfile: join(dist, "index.cjs"), format: "cjs", plugins: [wasmModule(true), workerModule()] },
  { entryPoints: entry("index.ts"), outfile: join(dist, "slim.js"), format: "esm", plugins: [wasmModule(false), workerModule()] },
];
if (!dev) {
  bundles.push(
    { entryPoints: entry("index.ts"), outfile: join(dist, "slim.cjs"), format: "cjs", plugins: [wasmModule(false), workerModule()] },
    {
      entryPoints: entry("index.ts"),
      outfile: join(dist, "moltres.global.js"),
      format: "iife",
      globalName: "moltres",
      minify: true,
      plugins: [wasmModule(true), workerModule()],
    },
  );
}
// The command line: one file that waits for signals, one that runs the command in a thread.
for (const [from, to] of [
  ["main.ts", "cli.js"],
  ["thread.ts", "cli-thread.js"],
]) {
  bundles.push({
    entryPoints: entry(join("cli", from)),
    outfile: join(dist, to),
    format: "esm",
    platform: "node",
    external: [...common.external, "../index.js", "moltres"],
    banner: to === "cli.js" ? { js: "#!/usr/bin/env node" } : {},
    plugins: [packageIndex()],
  });
}
for (const options of bundles) await build({ ...common, ...options });

if (!dev) {
  declarations();
  copyFileSync(join(HERE, "..", "LICENSE"), join(HERE, "LICENSE"));
  sizes();
}

/** The command line uses the package like any other user: its `../index.js` is the built one beside it. */
function packageIndex() {
  return {
    name: "package-index",
    setup(b) {
      b.onResolve({ filter: /^\.\.\/index\.js$/ }, () => ({ path: "./index.js", external: true }));
    },
  };
}

/** wasm-opt is slow in WASM itself, so its output is kept by the hash of its input. */
function optimise(from, to) {
  const version = JSON.parse(readFileSync(join(HERE, "node_modules", "binaryen", "package.json"), "utf8")).version;
  const hash = createHash("sha256").update(readFileSync(from)).update(version).digest("hex").slice(0, 16);
  const cache = join(HERE, "..", ".cache", "wasm-opt");
  const kept = join(cache, `${hash}.wasm`);
  if (!existsSync(kept)) {
    mkdirSync(cache, { recursive: true });
    for (const old of readdirSync(cache)) rmSync(join(cache, old));
    const features = [
      "--enable-bulk-memory",
      "--enable-nontrapping-float-to-int",
      "--enable-sign-ext",
      "--enable-mutable-globals",
      "--enable-reference-types",
      "--enable-multivalue",
      "--enable-simd",
    ];
    execFileSync(
      process.execPath,
      [
        "--stack-size=8000",
        join(HERE, "node_modules", "binaryen", "bin", "wasm-opt"),
        // -O2 is 1.5 % smaller, not when compressed, and loads are 4 % slower: V8 optimises better what was left as it was.
        "-O1",
        "--strip-debug",
        "--strip-producers",
        ...features,
        from,
        "-o",
        `${kept}.tmp.wasm`,
      ],
      {
        stdio: "inherit",
      },
    );
    copyFileSync(`${kept}.tmp.wasm`, kept);
    rmSync(`${kept}.tmp.wasm`);
  }
  copyFileSync(kept, to);
}

function declarations() {
  execFileSync(process.execPath, [join(HERE, "node_modules", "typescript", "bin", "tsc"), "-p", HERE], { stdio: "inherit" });
  const types = join(dist, "types");
  // CommonJS users get the same declarations under the ending that their resolver asks for.
  writeFileSync(join(types, "index.d.cts"), 'export * from "./index.js";\n');
}

function sizes() {
  const row = (name) => {
    const bytes = readFileSync(join(dist, name));
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length;
    return [name, statSync(join(dist, name)).size, gzipSync(bytes, { level: 9 }).length, brotli];
  };
  const text = (n) => n.toLocaleString("en").padStart(12);
  console.log(`${"file".padEnd(20)}${"raw".padStart(12)}${"gzip".padStart(12)}${"brotli".padStart(12)}`);
  for (const [name, ...n] of ["moltres.wasm", "index.js", "slim.js", "moltres.global.js"].map(row))
    console.log(name.padEnd(20) + n.map(text).join(""));
}
