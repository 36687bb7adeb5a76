// Pages of documentation as programs: their js blocks, in order, in one module.
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const module = pathToFileURL(path.join(root, "pkg", "dist", "index.js")).href;

export const www = path.join(root, "www");

/** Printed between the blocks when `marked`. */
export const MARK = "──── end of block";

/** One program of a page's blocks: imports come first, as they must in a module. */
export function program(markdown, { marked = false } = {}) {
  const imports = [];
  const blocks = [...markdown.matchAll(/^( *)```js\n(.*?)^\1```$/gms)].map(([, indent, code]) => code.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
  const body = blocks.map((code, i) => {
    const rest = code.replaceAll(/^import .*? from "(.*?)";\n/gm, (line, from) => {
      imports.push(line.replace(`"${from}"`, JSON.stringify(from === "moltres" ? module : from)));
      return "";
    });
    return `globalThis.block = ${i + 1};\n${rest}${marked ? `console.log(${JSON.stringify(MARK)});\n` : ""}`;
  });
  return { n: blocks.length, text: `process.on("exit", (code) => { if (code) console.error("block", globalThis.block); });\n${imports.join("")}${body.join("\n")}` };
}
