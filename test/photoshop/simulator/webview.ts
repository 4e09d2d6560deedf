import type { BridgeVariant } from "./variants.js";

type Listener = (event: unknown) => void;

/** An element as UXP has it: a flat subset, and layout of a fixed size. */
export class SimElement {
  id = "";
  className = "";
  textContent: string | null = null;
  clientWidth = 320;
  clientHeight = 560;
  readonly style: Record<string, string> = {};
  readonly children: SimElement[] = [];
  readonly #listeners = new Map<string, Listener[]>();
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  append(...children: SimElement[]): void {
    this.children.push(...children);
  }

  remove(): void {}

  setAttribute(): void {}

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  dispatch(type: string, event: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}

/** The page's side of the webview: what its window would hear, and where it posts. */
export interface SimPage {
  receive: (event: unknown) => void;
  post(message: unknown): void;
}

/** A <webview>: JSON both ways, a task late, lost where nobody listens, dressed as the variant says. */
export class SimWebview extends SimElement {
  #src = "";
  loads = 0;
  page: SimPage | null = null;
  onLoad: ((page: SimPage) => void) | null = null;
  /** Longest message either way. */
  longest = 0;
  sent = 0;
  bytes = 0;
  /** Calls of the plugin's that the page was asked while Photoshop was locked; there must be none. */
  askedInScope = 0;
  #freeAt = 0;
  readonly #inScope: () => boolean;
  readonly #bridge: BridgeVariant;
  readonly #toPlugin: Listener;

  constructor(bridge: BridgeVariant, toPlugin: Listener, inScope: () => boolean) {
    super("webview");
    this.#inScope = inScope;
    this.#bridge = bridge;
    this.#toPlugin = toPlugin;
  }

  get src(): string {
    return this.#src;
  }

  set src(value: string) {
    if (!/^plugin(-data|-temp)?:\//.test(value)) throw new Error("A local page has a plugin:/ address");
    this.#src = value;
    this.load();
  }

  /** The page starts over: its former one hears and says nothing any more. */
  load(): void {
    this.loads++;
    const page: SimPage = { receive: () => undefined, post: () => undefined };
    page.post = (message) => {
      if (this.page === page) this.#deliver(message, (data) => this.#toPlugin(this.#dressed(data)));
    };
    this.page = page;
    this.onLoad?.(page);
  }

  kill(): void {
    this.page = null;
  }

  postMessage(message: unknown): void {
    const { page } = this;
    if (this.#inScope() && /"type\\*":\\*"call/.test(String(message))) this.askedInScope++;
    this.#deliver(message, (data) => {
      const source = this.#bridge.source === "element" ? {} : null;
      const dressed = { ...this.#dressed(data), origin: "org.masksmith.photoshop", source };
      if (page && this.page === page) page.receive(dressed);
    });
  }

  #deliver(message: unknown, to: (data: unknown) => void): void {
    const text = JSON.stringify(message);
    if (text === undefined) return;
    this.longest = Math.max(this.longest, text.length);
    this.sent++;
    this.bytes += text.length;
    const { lostEvery, longest } = this.#bridge;
    if (text.length > longest || (lostEvery > 0 && ((this.sent * 2_654_435_761) >>> 7) % lostEvery === 0)) return;
    const { bytesPerSecond } = this.#bridge;
    const now = Date.now();
    this.#freeAt = Math.max(this.#freeAt, now) + (bytesPerSecond > 0 ? (text.length * 1_000) / bytesPerSecond : 0);
    if (this.#freeAt - now < 1) setImmediate(() => to(JSON.parse(text)));
    else setTimeout(() => to(JSON.parse(text)), this.#freeAt - now);
  }

  #dressed(data: unknown): Readonly<Record<string, unknown>> {
    const { key, form, envelope, source, origin } = this.#bridge;
    const payload = form === "object" && typeof data === "string" ? JSON.parse(data) : data;
    const wrapped = envelope ? { type: "uxp-webview", payload } : payload;
    return { [key]: wrapped, origin, source: source === "element" ? this : null };
  }
}
