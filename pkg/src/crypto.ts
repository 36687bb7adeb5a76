// Encrypted backups, by WebCrypto alone: PBKDF2-HMAC-SHA-256 makes the key, AES-256-GCM seals the data in chunks.
//
// Format, version 1; integers are big-endian.
//
//   0   8  "MOLTRES\x01"           magic and version
//   8   1  1                       key derivation: PBKDF2-HMAC-SHA-256
//   9   4  iterations              600,000 are written; 100,000 to 10,000,000 are read
//  13  16  salt                    random
//  29   7  nonce prefix            random
//  36   4  chunk length            bytes of plain text in every chunk but the last
//  40   8  checksum                the first bytes of SHA-256 over all before: tells damage from a wrong password
//  48  16  password check          the tag of an empty text under the key, with nonce prefix ‖ 2^32 - 1 ‖ 2
//  64      chunks                  each: cipher text, then its 16-byte tag
//
// The nonce of a chunk is prefix ‖ number of the chunk (4 bytes) ‖ 1 for the last chunk, else 0: the construction STREAM (Hoang, Reyhanitabar, Rogaway,
// Vizár 2015). So a chunk opens at its own place only, and a cut at a chunk's end is noticed. The first 48 bytes are authenticated with every chunk.
// Key and prefix are new for each backup, so no nonce repeats. If the check does not open, that is `wrong_password`; anything else is `corrupt`.

import { moltresError } from "./errors.js";

const MAGIC = new Uint8Array([77, 79, 76, 84, 82, 69, 83, 1]);
const FIXED = 40;
const SUMMED = 48;
const HEADER = 64;
const TAG = 16;
const ITERATIONS = 600_000;
const CHUNK = 1 << 16;

type Bytes = Uint8Array<ArrayBuffer>;
export type ByteStream = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Does it begin like an encrypted backup? Needs the first 8 bytes. */
export function isEncrypted(head: Uint8Array): boolean {
  return head.length >= 8 && MAGIC.subarray(0, 7).every((byte, i) => byte === head[i]);
}

/** Seals a stream of bytes. */
export async function* encrypt(source: ByteStream, password: string): AsyncGenerator<Uint8Array> {
  const header = new Uint8Array(HEADER);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  header[8] = 1;
  view.setUint32(9, ITERATIONS);
  globalThis.crypto.getRandomValues(header.subarray(13, 36));
  view.setUint32(36, CHUNK);
  header.set(await checksum(header), FIXED);
  const key = await deriveKey(password, header, "encrypt");
  header.set(new Uint8Array(await subtle().encrypt(parameters(header, 0xffffffff, 2), key, new Uint8Array(0))), SUMMED);
  yield header;
  let number = 0;
  for await (const { bytes, last } of blocks(source, CHUNK)) {
    yield new Uint8Array(await subtle().encrypt(parameters(header, number++, last ? 1 : 0), key, bytes));
  }
}

/** Opens what `encrypt` sealed. Nothing is given out before its chunk has proved genuine; the end, before the last one has. */
export async function* decrypt(source: ByteStream, password: string): AsyncGenerator<Uint8Array> {
  const reader = new Reader(source);
  const header = await reader.take(HEADER);
  if (header.length < HEADER || !isEncrypted(header)) throw corrupt("it is no encrypted backup, or its header is cut");
  if (!(await checksum(header)).every((byte, i) => byte === header[FIXED + i])) throw corrupt("its header is altered");
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header[7] !== 1 || header[8] !== 1) {
    throw moltresError("unsupported", `restore: the encrypted backup is of version ${header[7]}.${header[8]}, and this build reads 1.1`, {
      hint: "use a newer version of moltres",
    });
  }
  const iterations = view.getUint32(9);
  const chunk = view.getUint32(36);
  if (iterations < 100_000 || iterations > 10_000_000 || chunk < 1024 || chunk > 1 << 26) throw corrupt("its header is damaged");
  const key = await deriveKey(password, header, "decrypt");
  try {
    await subtle().decrypt(parameters(header, 0xffffffff, 2), key, header.slice(SUMMED));
  } catch (cause) {
    throw moltresError("wrong_password", "restore: the password does not open this backup", { cause });
  }
  let next = await reader.take(chunk + TAG);
  for (let number = 0; ; number++) {
    const bytes = next;
    if (bytes.length < TAG) throw corrupt("it is cut");
    // The last chunk is the one that nothing follows.
    next = bytes.length === chunk + TAG ? await reader.take(chunk + TAG) : new Uint8Array(0);
    const last = next.length === 0;
    let plain: ArrayBuffer;
    try {
      plain = await subtle().decrypt(parameters(header, number, last ? 1 : 0), key, bytes);
    } catch (cause) {
      throw corrupt("a part does not match its seal: it was altered or cut", cause);
    }
    yield new Uint8Array(plain);
    if (last) return;
  }
}

function parameters(header: Bytes, number: number, mark: 0 | 1 | 2): AesGcmParams {
  const iv = new Uint8Array(12);
  iv.set(header.subarray(29, 36));
  new DataView(iv.buffer).setUint32(7, number);
  iv[11] = mark;
  return { name: "AES-GCM", iv, additionalData: header.slice(0, SUMMED), tagLength: TAG * 8 };
}

async function checksum(header: Bytes): Promise<Uint8Array> {
  return new Uint8Array(await subtle().digest("SHA-256", header.slice(0, FIXED))).subarray(0, 8);
}

async function deriveKey(password: string, header: Bytes, usage: "encrypt" | "decrypt"): Promise<CryptoKey> {
  // One password has one spelling, whatever the keyboard composed.
  const secret = await subtle().importKey("raw", new TextEncoder().encode(password.normalize("NFC")), "PBKDF2", false, ["deriveKey"]);
  const iterations = new DataView(header.buffer, header.byteOffset).getUint32(9);
  const salt = header.slice(13, 29);
  return subtle().deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, secret, { name: "AES-GCM", length: 256 }, false, [
    usage,
  ]);
}

function subtle(): SubtleCrypto {
  const found = globalThis.crypto?.subtle;
  if (!found) throw moltresError("unsupported", "encryption needs WebCrypto", { hint: "browsers offer it on https: and localhost only" });
  return found;
}

function corrupt(why: string, cause?: unknown): Error {
  return moltresError("corrupt", `restore: the encrypted backup is damaged: ${why}`, { cause });
}

/** Cuts a stream into blocks of one length; the last may be shorter, and there is always one. */
async function* blocks(source: ByteStream, length: number): AsyncGenerator<{ bytes: Bytes; last: boolean }> {
  const reader = new Reader(source);
  let next = await reader.take(length);
  for (;;) {
    const bytes = next;
    next = bytes.length === length ? await reader.take(length) : new Uint8Array(0);
    const last = next.length === 0;
    yield { bytes, last };
    if (last) return;
  }
}

/** Takes bytes by number from a stream, whatever its chunks. */
class Reader {
  readonly #source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: ByteStream) {
    this.#source = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** Exactly `length` bytes, or fewer at the end. */
  async take(length: number): Promise<Bytes> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#rest.length === 0) {
        const { done, value } = await this.#source.next();
        if (done) break;
        this.#rest = value;
        continue;
      }
      const part = this.#rest.subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return filled === length ? bytes : bytes.slice(0, filled);
  }
}
