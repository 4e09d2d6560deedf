import { MasksmithError } from "@masksmith/core";
import { newNonce, type Packet, readPacket, writePacket } from "./packet.js";
import { findPayload } from "./payload.js";
import { type CallOptions, Peer, type Service } from "./peer.js";
import { TIMINGS, type Timings } from "./timings.js";

/** What an end needs of the side it lives on. Sending may throw or lose messages. */
export interface EndOptions {
  readonly send: (text: string) => void;
  readonly serve: Service;
  readonly onEvent?: (name: string, value: unknown) => void;
  readonly timings?: Partial<Timings>;
}

export interface HostEndOptions extends EndOptions {
  /** A page has come (for the first time or anew), or the one there has gone silent. */
  readonly onPage?: (state: "connected" | "silent") => void;
}

/** Sends and never throws: a page may be gone at any time. */
function quietly(send: (text: string) => void, packet: Packet): void {
  try {
    send(writePacket(packet));
  } catch {
    // Lost like any other message: it is sent again or its call fails.
  }
}

/** The UXP side: waits for a page, and starts over with each new one. */
export class HostEnd {
  readonly #options: HostEndOptions;
  readonly #timings: Timings;
  #session: { readonly page: string; readonly id: string; readonly peer: Peer } | null = null;
  #heard = 0;
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(options: HostEndOptions) {
    this.#options = options;
    this.#timings = { ...TIMINGS, ...options.timings };
  }

  get connected(): boolean {
    return this.#session !== null;
  }

  /** Any message event of the window; others' are ignored. */
  receive(event: unknown): void {
    const text = findPayload(event);
    const packet = text === null ? null : readPacket(text);
    if (!packet) return;
    if (packet.kind === "hello") {
      this.#welcome(packet.page);
      return;
    }
    if (packet.kind === "welcome" || packet.from !== "page" || packet.session !== this.#session?.id) return;
    this.#heard = Date.now();
    if (packet.kind !== "alive") {
      this.#session.peer.receive(packet);
      return;
    }
    this.#session.peer.hear();
    quietly(this.#options.send, { ...packet, from: "host" });
  }

  async call(method: string, params: unknown, options?: CallOptions): Promise<unknown> {
    if (!this.#session) throw new MasksmithError("state", "The panel has not loaded yet");
    return this.#session.peer.call(method, params, options);
  }

  /** To whatever page is there; it asks for everything anew when it starts. */
  tell(name: string, value: unknown): void {
    void this.#session?.peer.tell(name, value);
  }

  /** The page is gone or being reloaded. */
  reset(): void {
    clearInterval(this.#watch);
    this.#session?.peer.close(new MasksmithError("aborted", "The panel was reloaded"));
    this.#session = null;
  }

  #welcome(page: string): void {
    if (this.#session?.page !== page) this.#start(page);
    const { id: session } = this.#session as { id: string };
    quietly(this.#options.send, { kind: "welcome", page, session });
  }

  #start(page: string): void {
    this.reset();
    const session = newNonce();
    const { serve, onEvent = () => undefined } = this.#options;
    const send = (packet: Packet) => quietly(this.#options.send, packet);
    const peer = new Peer({ side: "host", session, send, serve, onEvent, timings: this.#timings });
    this.#session = { page, id: session, peer };
    this.#heard = Date.now();
    this.#watch = setInterval(() => this.#listen(), this.#timings.aliveMs);
    this.#options.onPage?.("connected");
  }

  #listen(): void {
    if (Date.now() - this.#heard > this.#timings.silentMs) this.#options.onPage?.("silent");
  }
}

export interface PageEndOptions extends EndOptions {
  /** A session has begun; after the first, what was told before may have been missed. */
  readonly onSession?: () => void;
}

/** The page's side: says hello until it is answered, and again if the host has forgotten it. */
export class PageEnd {
  readonly #options: PageEndOptions;
  readonly #timings: Timings;
  readonly #page = newNonce();
  readonly #ready: Promise<void>;
  #connect: () => void = () => undefined;
  #session: { readonly id: string; readonly peer: Peer } | null = null;
  #heard = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(options: PageEndOptions) {
    this.#options = options;
    this.#timings = { ...TIMINGS, ...options.timings };
    this.#ready = new Promise((resolve) => {
      this.#connect = resolve;
    });
    this.#hello();
    let beats = 0;
    const perBeat = Math.max(Math.round(this.#timings.aliveMs / this.#timings.helloMs), 1);
    this.#timer = setInterval(() => {
      if (!this.#session) this.#hello();
      else if (++beats % perBeat === 0) this.#beat(this.#session.id);
    }, this.#timings.helloMs);
  }

  /** Resolves once a host has answered. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  receive(event: unknown): void {
    const text = findPayload(event);
    const packet = text === null ? null : readPacket(text);
    if (!packet || packet.kind === "hello") return;
    if (packet.kind === "welcome") {
      if (packet.page === this.#page && packet.session !== this.#session?.id) this.#start(packet.session);
      return;
    }
    if (packet.from !== "host" || packet.session !== this.#session?.id) return;
    this.#heard = Date.now();
    if (packet.kind === "alive") this.#session.peer.hear();
    else this.#session.peer.receive(packet);
  }

  async call(method: string, params: unknown, options?: CallOptions): Promise<unknown> {
    await this.#ready;
    return (this.#session as { peer: Peer }).peer.call(method, params, options);
  }

  tell(name: string, value: unknown): void {
    void this.#session?.peer.tell(name, value);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#session?.peer.close(new MasksmithError("state", "The bridge was closed"));
  }

  #hello(): void {
    quietly(this.#options.send, { kind: "hello", page: this.#page });
  }

  /** A host that was loaded anew knows no session: it is told hello again. */
  #beat(session: string): void {
    quietly(this.#options.send, { kind: "alive", session, from: "page" });
    if (Date.now() - this.#heard > this.#timings.aliveMs * 2.5) this.#hello();
  }

  #start(session: string): void {
    this.#session?.peer.close(
      new MasksmithError("state", "The plugin was reloaded: check the document, then try again"),
    );
    const { serve, onEvent = () => undefined } = this.#options;
    const send = (packet: Packet) => quietly(this.#options.send, packet);
    const peer = new Peer({ side: "page", session, send, serve, onEvent, timings: this.#timings });
    this.#session = { id: session, peer };
    this.#heard = Date.now();
    this.#connect();
    this.#options.onSession?.();
  }
}
