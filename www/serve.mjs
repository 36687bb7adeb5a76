// Serves www/dist on this machine: node serve.mjs [--port 8137]. Nothing is cached, nothing is fetched from elsewhere.

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".csv": "text/csv; charset=utf-8",
  ".gz": "application/octet-stream", ".woff2": "font/woff2", ".wasm": "application/wasm", ".txt": "text/plain; charset=utf-8", ".svg": "image/svg+xml",
};

/** A server for the files below `root`; listening on `port`, or on a free one with 0. Gives `{url, close}`. */
export async function serve(root, port = 0) {
  const server = createServer((request, response) => {
    const fail = (status, text) => response.writeHead(status, { "content-type": "text/plain" }).end(text);
    let path;
    try {
      path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    } catch {
      return fail(400, "not a path\n");
    }
    let file = join(root, path);
    if (file !== root && !file.startsWith(root + sep)) return fail(403, "outside the page\n");
    let stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isDirectory()) {
      file = join(file, "index.html");
      stats = statSync(file, { throwIfNoEntry: false });
    }
    if (!stats?.isFile()) return fail(404, `there is no ${path}\n`);
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-length": stats.size, "cache-control": "no-store" });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => new Promise((done) => server.close(done)) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf("--port");
  const { url } = await serve(fileURLToPath(new URL("dist", import.meta.url)), at < 0 ? 8137 : Number(process.argv[at + 1]));
  console.log(`the playground is at ${url}`);
}
