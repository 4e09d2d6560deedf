import { pathToFileURL } from "node:url";
import { decodeRle, type Rle } from "@masksmith/core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import type { OutputKind, SelectionMode } from "../../panel/host.js";
import type {} from "../../panel/ui/panel.js";
import { LoadedPlugin } from "./simulator/plugin.js";
import type { Simulator } from "./simulator/simulator.js";

const PAGE = pathToFileURL(new URL("../../plugin/dist/webview/index.html", import.meta.url).pathname).href;
const PATIENCE = { timeout: 110_000 };

/** What a webview may be like. */
export interface WebviewKind {
  /** Access to it, databases and caches as well, throws, gives null, or (a browser's own) works. */
  readonly storage: "throws" | "null" | "works";
  /** Milliseconds until `uxpHost` is there. */
  readonly hostAfter: number;
  /** `lost`: an adapter whose device never comes to work. */
  readonly gpu: "as it is" | "absent" | "lost";
}

const WORST_WEBVIEW: WebviewKind = { storage: "throws", hostAfter: 300, gpu: "as it is" };

/** The built page in real Chromium, opened from disk, joined to the built plugin by a bridge that passes JSON only. */
export class WebviewPage {
  readonly plugin: LoadedPlugin;
  readonly page: Page;
  /** Addresses asked for that are not the page's own files. */
  readonly foreign: string[] = [];
  /** What was thrown and not caught. */
  readonly problems: string[] = [];
  readonly #context: BrowserContext;

  private constructor(plugin: LoadedPlugin, context: BrowserContext, page: Page) {
    this.plugin = plugin;
    this.#context = context;
    this.page = page;
    page.on("request", (request) => {
      if (!/^(file|blob|data):/.test(request.url())) this.foreign.push(request.url());
    });
    page.on("pageerror", (error) => this.problems.push(error.message));
  }

  static async open(simulator: Simulator, browser: Browser, kind: Partial<WebviewKind> = {}): Promise<WebviewPage> {
    const plugin = new LoadedPlugin(simulator);
    const webview = plugin.show();
    const context = await browser.newContext({ viewport: { width: 420, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE.timeout);
    const opened = new WebviewPage(plugin, context, page);
    await page.exposeFunction("simPost", (text: string) => webview.page?.post(JSON.parse(text)));
    await page.addInitScript(likeWebview, { ...WORST_WEBVIEW, ...kind });
    const joined = () => {
      webview.page!.receive = (event) => {
        const { data, message } = event as { data?: unknown; message?: unknown };
        const tell = (given: { data?: unknown; message?: unknown }) => {
          const told = new MessageEvent("message", { data: given.data ?? null });
          window.dispatchEvent(Object.assign(told, given.message === undefined ? {} : { message: given.message }));
        };
        page.evaluate(tell, { data, message }).catch(() => undefined);
      };
    };
    joined();
    webview.onLoad = () => {
      joined();
      void page.goto(PAGE);
    };
    await page.goto(PAGE);
    return opened;
  }

  /** Waits until the document (of that name) can be asked. */
  async ready(name?: string): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => {
        const state = window.document.querySelector("masksmith-panel")?.session?.document.picture.value;
        if (state?.phase === "failed") throw new Error(state.error ?? "failed");
        return state?.phase === "ready" && (!wanted || state.document?.name === wanted);
      },
      name,
      PATIENCE,
    );
  }

  /** Where a document point lies on the screen while the whole picture is shown. */
  async at(x: number, y: number): Promise<{ x: number; y: number }> {
    const stage = (await this.page.locator("#stage [role=application]").boundingBox())!;
    const { width, height } = await this.page.evaluate(() => {
      const { document } = window.document.querySelector("masksmith-panel")!.session!;
      const { width, height } = document.current!;
      return { width, height };
    });
    const preview = Math.min(2048 / Math.max(width, height), 1);
    const scale = Math.min((stage.width - 32) / width, (stage.height - 32) / height, 2 * preview);
    return {
      x: stage.x + stage.width / 2 + (x - width / 2) * scale,
      y: stage.y + stage.height / 2 + (y - height / 2) * scale,
    };
  }

  /** Zooms on a document point, clicks it as a new object and gives the answer as the panel shows it: refined. */
  async click(x: number, y: number, notches = 0): Promise<Uint8Array> {
    await this.page.evaluate(() => window.document.querySelector("masksmith-panel")!.session!.objects.startNew());
    const { x: px, y: py } = await this.at(x, y);
    await this.page.mouse.move(px, py);
    await this.page.keyboard.down("Control");
    for (let i = 0; i < Math.abs(notches); i++) await this.page.mouse.wheel(0, notches > 0 ? -120 : 120);
    await this.page.keyboard.up("Control");
    await this.page.mouse.click(px, py);
    return this.answered();
  }

  /**
   * Steps through the answers to a click where it was: by the wheel with Alt to the smallest, then on by key and by another
   * click, and back by undo. Gives which of them was shown, from 0 for the smallest.
   */
  async stepThrough(x: number, y: number): Promise<{ first: number; seen: number[]; undone: number }> {
    const first = await this.#answerPlace();
    const at = await this.at(x, y);
    await this.page.mouse.move(at.x, at.y);
    await this.page.keyboard.down("Alt");
    for (let notch = 0; notch < 3; notch++) await this.page.mouse.wheel(0, 100);
    await this.page.keyboard.up("Alt");
    await expect.poll(() => this.#answerPlace()).toBe(0);
    await this.page.keyboard.press(".");
    const seen = [0, await this.#answerPlace()];
    await this.page.mouse.click(at.x, at.y);
    seen.push(await this.#answerPlace());
    for (let act = first + 2; act > 0; act--) await this.page.keyboard.press("Control+z");
    return { first, seen, undone: await this.#answerPlace() };
  }

  async #answerPlace(): Promise<number> {
    return this.page.evaluate(() => {
      const { work, answering } = window.document.querySelector("masksmith-panel")!.session!;
      const { candidates, chosen } = answering.answers.value.get(work.active!.id)!;
      return candidates.filter(({ area }) => area < candidates[chosen].area).length;
    });
  }

  /** A new object by whatever the user does outside the page; the answer as the panel shows it: refined. */
  async answerTo(act: () => unknown): Promise<Uint8Array> {
    await this.page.evaluate(() => window.document.querySelector("masksmith-panel")!.session!.objects.startNew());
    await act();
    return this.answered();
  }

  /** Waits for the answer to the active object. */
  async answered(): Promise<Uint8Array> {
    await this.page.waitForFunction(
      () => {
        const { session } = window.document.querySelector("masksmith-panel")!;
        const answer = session!.answering.answers.value.get(session!.work.active?.id ?? "");
        if (answer?.error) throw new Error(answer.error);
        if (session!.refining.state.value.error) throw new Error(session!.refining.state.value.error);
        return answer && !answer.asking && answer.candidates.length > 0 && session!.refining.idle;
      },
      null,
      PATIENCE,
    );
    const { shown } = await this.#shown();
    return decoded(shown);
  }

  /** All answers to the active object, 0 or 1 a pixel. */
  async candidates(): Promise<Uint8Array[]> {
    const { masks } = await this.#shown();
    return masks.map(decoded);
  }

  /** The picture as the page read it for the model, RGBA. */
  async raster(): Promise<{ readonly width: number; readonly height: number; readonly data: Buffer }> {
    const { width, height, text } = await this.page.evaluate(() => {
      const raster = window.document.querySelector("masksmith-panel")!.session!.document.picture.value.raster!;
      let binary = "";
      for (let at = 0; at < raster.data.length; at += 30_000) {
        binary += String.fromCharCode(...raster.data.subarray(at, at + 30_000));
      }
      return { width: raster.width, height: raster.height, text: btoa(binary) };
    });
    return { width, height, data: Buffer.from(text, "base64") };
  }

  async #shown() {
    return this.page.evaluate(() => {
      const { session } = window.document.querySelector("masksmith-panel")!;
      const { work, answering, refining } = session!;
      const { active } = work;
      const { candidates, chosen } = answering.answers.value.get(active!.id)!;
      const plain = ({ mask }: (typeof candidates)[number]) => ({
        size: [...mask.size],
        counts: Array.from(mask.counts),
      });
      return { masks: candidates.map(plain), shown: plain(refining.shown(active!) ?? candidates[chosen]) };
    });
  }

  /** Applies what is active; the panel's words, or null if it says that it worked. */
  async apply(output: OutputKind, selectionMode: SelectionMode = "replace"): Promise<string | null> {
    return this.page.evaluate(
      async (settings) => {
        const { session } = window.document.querySelector("masksmith-panel")!;
        session!.settings.update(settings);
        await session!.outputs.apply();
        const notice = session!.reporter.notice.value;
        return notice?.tone === "success" ? null : (notice?.text ?? "nothing was said");
      },
      { output, selectionMode },
    );
  }

  /** The object found last is active again, as by a click in the list. */
  async takeUp(): Promise<void> {
    await this.page.evaluate(() => {
      const { session } = window.document.querySelector("masksmith-panel")!;
      session!.objects.activate(session!.work.now.objects.at(-1)!.id);
    });
  }

  async close(): Promise<void> {
    this.plugin.unload();
    await this.#context.close();
  }
}

function decoded({
  size,
  counts,
}: {
  readonly size: readonly number[];
  readonly counts: readonly number[];
}): Uint8Array {
  return decodeRle({ size: [size[0], size[1]], counts: Uint32Array.from(counts) } as Rle);
}

/** Runs in the page before it: no windows, storage as said, and a bridge that comes late and passes JSON only. */
function likeWebview({ storage, hostAfter, gpu }: WebviewKind): void {
  const scope = window as unknown as { uxpHost?: unknown; simPost(text: string): void };
  const refused = () => {
    if (storage === "null") return null;
    throw new DOMException("Storage is not supported", "SecurityError");
  };
  if (storage !== "works") {
    Object.defineProperty(window, "localStorage", { get: refused });
    Object.defineProperty(window, "sessionStorage", { get: refused });
    Object.defineProperty(window, "indexedDB", { get: refused });
    Object.defineProperty(window, "caches", { get: refused });
  }
  if (gpu === "absent") Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined });
  if (gpu === "lost") {
    const device = { lost: Promise.resolve({ reason: "destroyed" }), queue: {}, limits: {}, features: new Set() };
    const requestDevice = async () => device;
    const adapter = { requestDevice, limits: {}, features: new Set(), info: { vendor: "none" } };
    Object.defineProperty(Navigator.prototype, "gpu", { get: () => ({ requestAdapter: async () => adapter }) });
  }
  window.open = () => null;
  window.alert = () => undefined;
  setTimeout(() => {
    scope.uxpHost = { postMessage: (message: unknown) => scope.simPost(JSON.stringify(message)) };
  }, hostAfter);
}
