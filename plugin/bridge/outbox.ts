import { MasksmithError, throwIfAborted } from "@masksmith/core";
import { fromByteArray } from "base64-js";
import { MOST_PARTS, PART_BYTES, PART_CHARS, type Part } from "./packet.js";
import type { Timings } from "./timings.js";
import { pack } from "./values.js";

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Most that the wait for an acknowledgement grows by. */
const MOST_PATIENCE = 32;

/**
 * Sends messages as parts, a few under way at a time; a part that nobody acknowledges is sent again until the session ends:
 * a lost one costs time and nothing else, and a side that is busy for minutes is not taken for one that is gone. Messages go
 * one after the other: a long one never starves, acknowledgements are not behind it.
 */
export class Outbox {
  readonly #send: (part: Part) => void;
  readonly #timings: Timings;
  readonly #waiting = new Map<string, Waiting>();
  #turn: Promise<unknown> = Promise.resolve();
  #next = 0;
  #closed: MasksmithError | null = null;

  constructor(send: (part: Part) => void, timings: Timings) {
    this.#send = send;
    this.#timings = timings;
  }

  /** Resolves once all of it has arrived. @throws MasksmithError `input` if it is too long, or why the session ended. */
  post(value: unknown, signal?: AbortSignal): Promise<void> {
    const message = this.#next++;
    const sent = this.#turn.then(() => this.#deliver(message, value, signal));
    this.#turn = sent.catch(() => undefined);
    return sent;
  }

  acknowledged(message: number, part: number): void {
    this.#settle(`${message}/${part}`)?.resolve();
  }

  close(reason: MasksmithError): void {
    this.#closed ??= reason;
    for (const key of [...this.#waiting.keys()]) this.#settle(key)?.reject(reason);
  }

  async #deliver(message: number, value: unknown, signal: AbortSignal | undefined): Promise<void> {
    const { count, heads, text } = cut(value);
    if (count > MOST_PARTS) throw new MasksmithError("input", `A message of ${count} parts is too long for the bridge`);
    const underWay = new Set<Promise<void>>();
    let failure: unknown;
    for (let part = 0; part < count && failure === undefined; part++) {
      throwIfAborted(signal);
      const arrival: Promise<void> = this.#sendPart({ message, part, parts: count, heads, text: text(part) })
        .catch((error) => {
          failure ??= error;
        })
        .finally(() => underWay.delete(arrival));
      underWay.add(arrival);
      if (underWay.size >= this.#timings.window) await Promise.race(underWay);
    }
    await Promise.all(underWay);
    if (failure !== undefined) throw failure;
  }

  async #sendPart(part: Part): Promise<void> {
    for (let patience = 1; ; patience = Math.min(patience * 2, MOST_PATIENCE)) {
      if (this.#closed) throw this.#closed;
      if (await this.#arrives(part, this.#timings.ackMs * patience)) return;
    }
  }

  #arrives(part: Part, waitMs: number): Promise<boolean> {
    const key = `${part.message}/${part.part}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(key);
        resolve(false);
      }, waitMs);
      this.#waiting.set(key, { resolve: () => resolve(true), reject, timer });
      this.#send(part);
    });
  }

  #settle(key: string): Waiting | undefined {
    const waiting = this.#waiting.get(key);
    if (!waiting) return undefined;
    clearTimeout(waiting.timer);
    this.#waiting.delete(key);
    return waiting;
  }
}

/** A message's parts, each made when it is sent: never more than a few in memory beside the bytes themselves. */
function cut(value: unknown): { count: number; heads: number; text: (part: number) => string } {
  const { json, bytes } = pack(value);
  const heads = Math.max(Math.ceil(json.length / PART_CHARS), 1);
  const total = bytes.reduce((sum, { length }) => sum + length, 0);
  const count = heads + Math.ceil(total / PART_BYTES);
  const text = (part: number): string => {
    if (part < heads) return json.slice(part * PART_CHARS, (part + 1) * PART_CHARS);
    const from = (part - heads) * PART_BYTES;
    return fromByteArray(slice(bytes, from, Math.min(from + PART_BYTES, total)));
  };
  return { count, heads, text };
}

/** A stretch of byte strings laid end to end. */
function slice(bytes: readonly Uint8Array[], from: number, to: number): Uint8Array {
  const out = new Uint8Array(to - from);
  let start = 0;
  for (const one of bytes) {
    const [a, b] = [Math.max(from - start, 0), Math.min(to - start, one.length)];
    if (a < b) out.set(one.subarray(a, b), start + a - from);
    start += one.length;
  }
  return out;
}
