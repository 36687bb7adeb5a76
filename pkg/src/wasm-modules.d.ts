/** The optimised module, gzip as base64; `build.mjs` puts it there (an empty string in the slim build). */
declare module "moltres:wasm" {
  export const wasmGzip: string;
}

/** The script of the Worker (`worker-entry.ts`), bundled; `build.mjs` puts it there. */
declare module "moltres:worker" {
  export const workerSource: string;
}
