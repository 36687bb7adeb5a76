/** The optimised module as base64; `build.mjs` puts it there (an empty string in the slim build). */
declare module "moltres:wasm" {
  export const wasmBase64: string;
}
