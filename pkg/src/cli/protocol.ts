// What the two threads of the command line say to each other. Beside the messages they share two numbers: the signal that asks to stop, and
// whether the command is inside a write that may wait for a reader.

export const WRITING = 1;

export type ToThread =
  | { kind: "stop" }
  /** Of standard input; null at its end. */
  | { kind: "chunk"; chunk: Uint8Array | null; error?: string }
  | { kind: "answer"; answer: string | undefined };

export type FromThread = { kind: "read" } | { kind: "ask"; question: string } | { kind: "end"; code: number };
