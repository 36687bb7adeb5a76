// The package with database files where others are in memory: the suites run over it as over ./pkg, and must give the same answers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectHere } from "../../pkg/dist/index.js";

const dir = mkdtempSync(join(tmpdir(), "moltres-suites-"));
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
let n = 0;

export * from "../../pkg/dist/index.js";
export const connect = (target = ":memory:", options) => connectHere(target === ":memory:" ? join(dir, `${n++}.db`) : target, options);
