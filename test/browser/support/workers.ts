import type { Browser, Page } from "playwright-core";

/** A worker of the page, from start to end. */
export interface WatchedWorker {
  readonly name: string;
  readonly worker: Worker;
  /** Times by the page's clock at which it was sent a message. */
  readonly messages: number[];
  /** When it was ended; null while it lives. */
  ended: number | null;
}

/** Runs in the page before its scripts: remembers its workers in `workers`, and in `pressed` when a button was clicked last. */
export function watchWorkers(): void {
  const scope = window as unknown as { workers: WatchedWorker[]; pressed: number };
  scope.workers = [];
  window.addEventListener(
    "click",
    () => {
      scope.pressed = performance.now();
    },
    { capture: true },
  );
  const Original = window.Worker;
  window.Worker = class extends Original {
    readonly #seen: WatchedWorker;
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      this.#seen = { name: options?.name ?? "", worker: this, messages: [], ended: null };
      scope.workers.push(this.#seen);
    }
    override postMessage(message: unknown, options?: StructuredSerializeOptions | Transferable[]): void {
      this.#seen.messages.push(performance.now());
      super.postMessage(message, options as StructuredSerializeOptions);
    }
    override terminate(): void {
      this.#seen.ended ??= performance.now();
      super.terminate();
    }
  };
}

/** What has become of the engine's workers since a button was clicked last. */
export function enginesSincePressed(
  page: Page,
): Promise<{ readonly living: number; readonly sent: number; readonly endedAfter: readonly number[] }> {
  return page.evaluate(() => {
    const { workers, pressed } = window as unknown as { workers: WatchedWorker[]; pressed: number };
    const engines = workers.filter(({ name }) => name.startsWith("masksmith-engine"));
    return {
      living: engines.filter(({ ended }) => ended === null).length,
      sent: engines.flatMap(({ messages }) => messages).filter((at) => at > pressed).length,
      endedAfter: engines.flatMap(({ ended }) => (ended === null || ended < pressed ? [] : [ended - pressed])),
    };
  });
}

/** The share of one processor core that the browser's pages, with all their workers, take for a while. */
export async function pagesLoad(browser: Browser, seconds: number): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const used = async () => {
    const { processInfo } = (await session.send("SystemInfo.getProcessInfo")) as {
      processInfo: readonly { readonly type: string; readonly cpuTime: number }[];
    };
    return processInfo.filter(({ type }) => type === "renderer").reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  };
  const [before, at] = [await used(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  const load = (1000 * ((await used()) - before)) / (performance.now() - at);
  await session.detach();
  return load;
}
