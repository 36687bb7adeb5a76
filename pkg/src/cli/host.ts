// What a command asks of the thread that waits: to be told of signals, standard input, a password.

import { parentPort, workerData } from "node:worker_threads";
import type { FromThread, ToThread } from "./protocol.js";

const { state: shared, columns } = workerData as { state: SharedArrayBuffer; columns: number };
export const state = new Int32Array(shared);
/** Of the terminal that standard error is; 0 if it is none. */
export const terminalColumns = columns;

/** A signal has asked to stop. */
export class Stopped extends Error {
  constructor() {
    super("stopped by a signal");
  }
}

const controller = new AbortController();
/** Aborts when a signal asks to stop and the event loop has a turn. */
export const signal: AbortSignal = controller.signal;

/** 128 and the number of the signal that asked to stop; 0 if none did. */
export function stopCode(): number {
  const number = Atomics.load(state, 0);
  return number === 0 ? 0 : 128 + number;
}

export function throwIfStopped(): void {
  if (stopCode()) throw new Stopped();
}

let interrupted = false;

/** For the engine, which asks it inside of statements: one is interrupted, those that clean up after it are not. */
export function interruptNow(): boolean {
  if (interrupted || !stopCode()) return false;
  interrupted = true;
  return true;
}

type Answer<K> = Extract<ToThread, { kind: K }>;
const waiting = new Map<string, (message: any) => void>();

parentPort!.on("message", (message: ToThread) => {
  if (message.kind === "stop") controller.abort(new Stopped());
  else waiting.get(message.kind)?.(message);
});
// Only a question keeps the thread.
parentPort!.unref();

function send<K extends "chunk" | "answer">(message: FromThread, answer: K): Promise<Answer<K>> {
  parentPort!.ref();
  return new Promise<Answer<K>>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    waiting.set(answer, (given: Answer<K>) => {
      signal.removeEventListener("abort", abort);
      resolve(given);
    });
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    parentPort!.postMessage(message);
  }).finally(() => parentPort!.unref());
}

/** The bytes of standard input. */
export async function* standardInput(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { chunk, error } = await send({ kind: "read" }, "chunk");
    if (error !== undefined) throw new Error(`standard input cannot be read: ${error}`);
    if (chunk === null) return;
    yield chunk;
  }
}

export async function standardInputText(): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of standardInput()) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/** What is typed on the terminal, unseen; undefined where there is none. */
export async function askUnseen(question: string): Promise<string | undefined> {
  return (await send({ kind: "ask", question }, "answer")).answer;
}

export function finish(code: number): void {
  parentPort!.postMessage({ kind: "end", code } satisfies FromThread);
  // Whatever is open still is not waited for. Deno's threads have no such end, the other side ends them.
  parentPort!.close?.();
}
