// The command line: `npx moltres <command>`. A command runs in a thread of its own, where a statement may block for as long as it likes;
// this thread waits for signals, standard input and the end.
//
// Ctrl-C and the like ask the command to stop: its statement is interrupted, what it began is rolled back, what it wrote half is removed. A second
// one, or ten seconds, end the process at once; the next to open the database then rolls back what is in its journal.

import { Worker } from "node:worker_threads";
import { type FromThread, type ToThread, WRITING } from "./protocol.js";

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
/** Milliseconds that a command may take to stop, and that a write which nobody reads may. */
const [PATIENCE, PATIENCE_WITH_READERS] = [10_000, 300];

const state = new Int32Array(new SharedArrayBuffer(8));
const { stderr } = process;
const thread = new Worker(new URL("./cli-thread.js", import.meta.url), {
  argv: process.argv.slice(2),
  workerData: { state: state.buffer, columns: stderr.isTTY && process.env.TERM !== "dumb" ? stderr.columns || 80 : 0 },
});
const send = (message: ToThread) => thread.postMessage(message);

let code: number | undefined;
thread.on("message", (message: FromThread) => {
  if (message.kind === "end") {
    code = message.code;
    if ("Deno" in globalThis) process.exit(code);
  } else if (message.kind === "read") read();
  else void ask(message.question).then((answer) => send({ kind: "answer", answer }));
});
thread.on("error", (error) => {
  stderr.write(`moltres: ${error instanceof Error ? error.message : error}\n`);
  code ??= 1;
});
// Standard input may be open still, and would keep the process.
thread.on("exit", (exitCode) => process.exit(code ?? (exitCode || 1)));

let stopped = false;
for (const [signal, number] of Object.entries(SIGNALS)) {
  try {
    process.on(signal as NodeJS.Signals, () => stop(signal as NodeJS.Signals, number));
  } catch {
    // A signal that this platform does not have.
  }
}

function stop(signal: NodeJS.Signals, number: number): void {
  const end = () => {
    for (const each of Object.keys(SIGNALS)) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  };
  if (stopped) {
    end();
    return;
  }
  stopped = true;
  Atomics.store(state, 0, number);
  send({ kind: "stop" });
  setTimeout(end, PATIENCE).unref();
  setTimeout(() => {
    if (Atomics.load(state, 1) === WRITING) end();
  }, PATIENCE_WITH_READERS).unref();
}

let chunks: AsyncIterator<Uint8Array> | undefined;

/** Standard input goes to the thread a chunk at a time, as it asks for it. */
function read(): void {
  chunks ??= process.stdin[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  chunks.next().then(
    ({ done, value }) => send({ kind: "chunk", chunk: done ? null : Uint8Array.from(value) }),
    (error: Error) => send({ kind: "chunk", chunk: null, error: error.message }),
  );
}

/** Asks on the terminal, without showing what is typed; undefined where there is none. */
async function ask(question: string): Promise<string | undefined> {
  const { stdin } = process;
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  const [{ createInterface }, { Writable }] = await Promise.all([import("node:readline"), import("node:stream")]);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // From here on the terminal shows nothing.
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  stderr.write(question);
  return new Promise((resolve) => {
    lines.once("SIGINT", () => stop("SIGINT", SIGNALS.SIGINT));
    lines.once("close", () => {
      stderr.write("\n");
      resolve(undefined);
    });
    lines.once("line", (line) => {
      resolve(line);
      lines.close();
    });
  });
}
