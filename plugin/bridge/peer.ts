import { MasksmithError, throwIfAborted, toWireError } from "@masksmith/core";
import { receivedError } from "./errors.js";
import { Inbox } from "./inbox.js";
import { Outbox } from "./outbox.js";
import type { Packet, Side } from "./packet.js";
import type { Timings } from "./timings.js";

/** Answers a call. Parameters come from outside: the service checks them. */
export type Service = (method: string, params: unknown, signal: AbortSignal) => Promise<unknown>;

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Null: as long as it takes, e.g. while the user chooses a file. */
  readonly timeoutMs?: number | null;
}

export interface PeerOptions {
  readonly side: Side;
  readonly session: string;
  readonly send: (packet: Packet) => void;
  readonly serve: Service;
  readonly onEvent: (name: string, value: unknown) => void;
  /** An answer or an event could not be delivered: the other side no longer knows how things stand. */
  readonly onLost: () => void;
  readonly timings: Timings;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls a side answers at a time; more are refused. */
const MOST_CALLS = 32;
const CALL_MS = 60_000;

/** One side of a session: calls with answers both ways, events, cancelling. */
export class Peer {
  readonly #options: PeerOptions;
  readonly #outbox: Outbox;
  readonly #inbox = new Inbox();
  readonly #pending = new Map<number, Pending>();
  readonly #serving = new Map<number, AbortController>();
  #next = 1;
  #closed: MasksmithError | null = null;

  constructor(options: PeerOptions) {
    this.#options = options;
    const { side: from, session, send, timings } = options;
    this.#outbox = new Outbox((part) => send({ kind: "part", session, from, ...part }), timings);
  }

  /** @throws MasksmithError as the other side's service, or `runtime` if it does not answer in time. */
  async call(method: string, params: unknown, { signal, timeoutMs = CALL_MS }: CallOptions = {}): Promise<unknown> {
    throwIfAborted(signal);
    if (this.#closed) throw this.#closed;
    const call = this.#next++;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = (ms: number, error: MasksmithError) => {
      clearTimeout(timer);
      timer = setTimeout(() => this.#settle(call)?.reject(error), ms);
    };
    const cancel = () => {
      void this.#post({ type: "cancel", call });
      late(this.#options.timings.cancelMs, new MasksmithError("aborted", "The operation was cancelled"));
    };
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(call, { resolve, reject }));
    if (timeoutMs !== null) late(timeoutMs, new MasksmithError("runtime", `No answer to “${method}” in time`));
    signal?.addEventListener("abort", cancel, { once: true });
    this.#outbox.post({ type: "call", call, method, params }, signal).catch((error) => {
      this.#settle(call)?.reject(error);
    });
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** Tells the other side; resolves when it has arrived, rejects never. */
  async tell(name: string, value: unknown): Promise<void> {
    await this.#post({ type: "event", name, value });
  }

  /** A packet of this session from the other side. */
  receive(packet: Extract<Packet, { kind: "part" | "ack" }>): void {
    if (this.#closed) return;
    if (packet.kind === "ack") {
      this.#outbox.acknowledged(packet.message, packet.part);
      return;
    }
    const { taken, complete, value } = this.#inbox.take(packet);
    if (!taken) return;
    const { side: from, session, send } = this.#options;
    send({ kind: "ack", session, from, message: packet.message, part: packet.part });
    if (complete) this.#message(value);
  }

  /** Ends the session: calls fail with `reason`, those being served are cancelled. */
  close(reason: MasksmithError): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#outbox.close(reason);
    for (const call of [...this.#pending.keys()]) this.#settle(call)?.reject(reason);
    for (const abort of this.#serving.values()) abort.abort(reason);
    this.#serving.clear();
  }

  #message(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    const { type, call, method, params, name, error, value: result } = value as Readonly<Record<string, unknown>>;
    if (type === "event" && typeof name === "string") this.#options.onEvent(name, result);
    if (!Number.isSafeInteger(call)) return;
    const id = call as number;
    if (type === "call" && typeof method === "string") void this.#serve(id, method, params);
    else if (type === "cancel") this.#serving.get(id)?.abort();
    else if (type === "result") this.#settle(id)?.resolve(result);
    else if (type === "error") this.#settle(id)?.reject(receivedError(error));
  }

  async #serve(call: number, method: string, params: unknown): Promise<void> {
    if (this.#serving.has(call)) return;
    const abort = new AbortController();
    try {
      if (this.#serving.size >= MOST_CALLS) throw new MasksmithError("state", "Too many calls at once");
      this.#serving.set(call, abort);
      const value = await this.#options.serve(method, params, abort.signal);
      await this.#post({ type: "result", call, value });
    } catch (error) {
      await this.#post({ type: "error", call, error: toWireError(error) });
    } finally {
      if (this.#serving.get(call) === abort) this.#serving.delete(call);
    }
  }

  async #post(value: unknown): Promise<void> {
    if (this.#closed) return;
    try {
      await this.#outbox.post(value);
    } catch {
      if (!this.#closed) this.#options.onLost();
    }
  }

  #settle(call: number): Pending | undefined {
    const pending = this.#pending.get(call);
    this.#pending.delete(call);
    return pending;
  }
}
