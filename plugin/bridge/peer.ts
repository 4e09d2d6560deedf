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
  /**
   * Waits until there is an answer or the session ends: what changes the document, or waits for the user. Other calls only
   * read, and are given up when the other side has been silent for long.
   */
  readonly untilAnswered?: boolean;
}

export interface PeerOptions {
  readonly side: Side;
  readonly session: string;
  readonly send: (packet: Packet) => void;
  readonly serve: Service;
  readonly onEvent: (name: string, value: unknown) => void;
  readonly timings: Timings;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls a side answers at a time; more are refused. */
const MOST_CALLS = 32;

/** One side of a session: calls with answers both ways, events, cancelling. */
export class Peer {
  readonly #options: PeerOptions;
  readonly #outbox: Outbox;
  readonly #inbox = new Inbox();
  readonly #pending = new Map<number, Pending>();
  readonly #serving = new Map<number, AbortController>();
  #next = 1;
  #heard = 0;
  #closed: MasksmithError | null = null;

  constructor(options: PeerOptions) {
    this.#options = options;
    const { side: from, session, send, timings } = options;
    this.#outbox = new Outbox((part) => send({ kind: "part", session, from, ...part }), timings);
  }

  /**
   * A call lives as long as the other side shows signs of life. A cancelled one that is to be answered is still waited for:
   * only the answer tells whether the cancel came in time.
   * @throws MasksmithError as the other side's service, why the session ended, or `runtime` after a long silence.
   */
  async call(method: string, params: unknown, { signal, untilAnswered = false }: CallOptions = {}): Promise<unknown> {
    throwIfAborted(signal);
    if (this.#closed) throw this.#closed;
    const call = this.#next++;
    const { cancelMs } = this.#options.timings;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const giveUp = (error: MasksmithError) => this.#settle(call)?.reject(error);
    const cancel = () => {
      void this.#post({ type: "cancel", call });
      if (untilAnswered) return;
      clearTimeout(timer);
      timer = setTimeout(() => giveUp(new MasksmithError("aborted", "The operation was cancelled")), cancelMs);
    };
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(call, { resolve, reject }));
    const watch = (since: number, isSecondLook = false) => {
      const { giveUpMs, aliveMs } = this.#options.timings;
      timer = setTimeout(
        () => {
          const last = Math.max(since, this.#heard);
          if (Date.now() - last < giveUpMs) watch(last);
          else if (isSecondLook) giveUp(new MasksmithError("runtime", `“${method}” was not answered`));
          // If this side itself was busy, what the other has said meanwhile is still to be read.
          else watch(last, true);
        },
        isSecondLook ? aliveMs : since + giveUpMs - Date.now(),
      );
    };
    if (!untilAnswered) watch(Date.now());
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

  /** The other side has shown a sign of life. */
  hear(): void {
    this.#heard = Date.now();
  }

  /** A packet of this session from the other side. */
  receive(packet: Extract<Packet, { kind: "part" | "ack" }>): void {
    if (this.#closed) return;
    this.hear();
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
      if (!this.#closed) await this.#outbox.post({ type: "result", call, value });
    } catch (error) {
      await this.#post({ type: "error", call, error: toWireError(error) });
    } finally {
      if (this.#serving.get(call) === abort) this.#serving.delete(call);
    }
  }

  /** Rejects never: what was not delivered when the session ended concerns nobody any more. */
  async #post(value: unknown): Promise<void> {
    if (!this.#closed) await this.#outbox.post(value).catch(() => undefined);
  }

  #settle(call: number): Pending | undefined {
    const pending = this.#pending.get(call);
    this.#pending.delete(call);
    return pending;
  }
}
