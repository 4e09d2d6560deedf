import { HostEnd, isLocalOrigin, type Service, type Timings } from "../bridge/index.js";
import type { Environment, UxpElement, WebViewElement } from "./environment.js";

const PAGE = "plugin:/webview/index.html";

/** A page that has not said hello by then is said to be missing. */
const PATIENCE_MS = 20_000;
const MOST_ORIGINS = 8;
/** What follows an origin's scheme: it may name folders of the user's. */
const AFTER_SCHEME = /(?<=:).+$/s;
const MEASURE_MS = 1_000;

/** The panel: a webview that fills it, with the bridge to its page, and a message where there is no page. */
export class WebviewPanel {
  readonly end: HostEnd;
  readonly #env: Environment;
  #root: UxpElement | null = null;
  #view: WebViewElement | null = null;
  #message: UxpElement | null = null;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #measuring: ReturnType<typeof setInterval> | undefined;
  readonly #waiting = new Set<() => void>();
  readonly #origins = new Set<string>();

  constructor(env: Environment, serve: Service, timings: Partial<Timings> = {}) {
    this.#env = env;
    this.end = new HostEnd({
      send: (text) => this.#view?.postMessage(text),
      serve,
      timings,
      onPage: (state) => this.#page(state),
    });
    env.window.addEventListener("message", (event) => this.#receive(event));
  }

  /** What messages said they came from, for the self-test: packaged plugins differ from the documentation. */
  get origins(): readonly string[] {
    return [...this.#origins];
  }

  /** Whether Photoshop has given the panel a place, with or without a page that answers. */
  get isMounted(): boolean {
    return this.#view !== null;
  }

  /** Puts the page into the panel's root; once a root. Returns at once, the page comes when it comes. */
  mount(root: UxpElement): void {
    if (this.#root === root && this.#view) return;
    this.unmount();
    this.#root = root;
    this.#message = this.#env.document.createElement("div");
    Object.assign(this.#message.style, { display: "none", padding: "12px" });
    const view = this.#env.document.createElement("webview") as WebViewElement;
    this.#view = view;
    view.id = "masksmith-page";
    view.addEventListener("message", (event) => this.#receive(event));
    view.addEventListener("loaderror", (event) => this.#failed(event));
    root.append(this.#message, view);
    this.#follow(root);
    this.reload();
  }

  unmount(): void {
    clearTimeout(this.#patience);
    clearInterval(this.#measuring);
    this.end.reset();
    this.#view?.remove();
    this.#message?.remove();
    this.#view = this.#message = this.#root = null;
  }

  /** Loads the page anew; all it needs to go on is kept on this side. */
  reload(): void {
    if (!this.#view) return;
    this.end.reset();
    this.#say(null);
    this.#view.src = PAGE;
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      if (this.end.connected) return;
      this.#say("The panel is not responding. Choose “Reload” from the panel menu.");
    }, PATIENCE_MS);
  }

  /** Resolves to true once a page is there, to false after the time. */
  whenConnected(milliseconds: number): Promise<boolean> {
    if (this.end.connected) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (there: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(connected);
        resolve(there);
      };
      const connected = () => done(true);
      const timer = setTimeout(() => done(false), milliseconds);
      this.#waiting.add(connected);
    });
  }

  /** Only from our own page: from its element where the host says so, and never from a remote one. */
  #receive(event: unknown): void {
    if (typeof event !== "object" || event === null) return;
    const { source, origin } = event as { source?: unknown; origin?: unknown };
    if (this.#origins.size < MOST_ORIGINS) this.#origins.add(String(origin).replace(AFTER_SCHEME, ""));
    if (source && source !== this.#view) return;
    if (isLocalOrigin(origin)) this.end.receive(event);
  }

  #page(state: "connected" | "silent"): void {
    if (state === "silent") {
      this.#say("The panel has stopped responding. Choose “Reload” from the panel menu; your work is kept.");
      return;
    }
    clearTimeout(this.#patience);
    this.#say(null);
    for (const connected of [...this.#waiting]) connected();
  }

  #failed(event: unknown): void {
    const { message, code } = (event ?? {}) as { message?: unknown; code?: unknown };
    this.#say(`The panel could not be loaded (${message ?? code ?? "no reason given"}).`);
  }

  #say(text: string | null): void {
    if (!this.#message) return;
    this.#message.textContent = text ?? "";
    this.#message.style.display = text ? "block" : "none";
  }

  /** The element needs its size in pixels; where nothing tells of changes they are looked for. */
  #follow(root: UxpElement): void {
    const fit = () => {
      if (!this.#view || root.clientWidth === 0) return;
      Object.assign(this.#view.style, { width: `${root.clientWidth}px`, height: `${root.clientHeight}px` });
    };
    Object.assign((this.#view as WebViewElement).style, { width: "100%", height: "100%" });
    fit();
    if (this.#env.ResizeObserver) new this.#env.ResizeObserver(fit).observe(root);
    this.#measuring = setInterval(fit, MEASURE_MS);
  }
}
