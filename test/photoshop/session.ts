import type { ApplyItem, Output } from "../../panel/host.js";
import { PageEnd, type PixelsOnWire, type WireDocument } from "../../plugin/bridge/index.js";
import { onWire } from "../../plugin/webview/bridgeHost.js";
import { LoadedPlugin } from "./simulator/plugin.js";
import type { Simulator } from "./simulator/simulator.js";
import type { SimWebview } from "./simulator/webview.js";

export const QUICK = { ackMs: 60, helloMs: 10, aliveMs: 400, cancelMs: 500 };

/** A page without a browser: the page's end of the bridge on a simulated webview. */
export class TestPage {
  readonly plugin: LoadedPlugin;
  readonly webview: SimWebview;
  readonly events: { readonly name: string; readonly value: unknown }[] = [];
  end!: PageEnd;
  /** Hears what the host tells by itself, beside `events`. */
  heard: (name: string, value: unknown) => void = () => undefined;
  /** Answers commands of the plugin's menu. */
  serve: (method: string, params: unknown) => Promise<unknown> = async () => null;

  constructor(simulator: Simulator, files?: Map<string, unknown>) {
    this.plugin = new LoadedPlugin(simulator, files);
    this.webview = this.plugin.show();
    this.#attach();
    this.webview.onLoad = () => this.#attach();
  }

  #attach(): void {
    this.end?.close();
    const page = this.webview.page!;
    const end = new PageEnd({
      send: (text) => page.post(text),
      serve: (method, params) => this.serve(method, params),
      onEvent: (name, value) => {
        this.events.push({ name, value });
        this.heard(name, value);
      },
      timings: QUICK,
    });
    page.receive = (event) => end.receive(event);
    this.end = end;
  }

  async start(): Promise<{ document: WireDocument | null; theme: string }> {
    return (await this.end.call("start", {})) as { document: WireDocument | null; theme: string };
  }

  async document(): Promise<WireDocument> {
    const { document } = await this.start();
    if (!document) throw new Error("no document is open");
    return document;
  }

  async apply(output: Output, items: readonly ApplyItem[], signal?: AbortSignal): Promise<void> {
    const { id: documentId, width, height } = await this.document();
    const request = { documentId, size: { width, height }, output, items: items.map(onWire) };
    await this.end.call("apply", request, signal ? { signal } : {});
  }

  async pixels(
    region: { x0: number; y0: number; x1: number; y1: number } | null,
    maxSide: number,
    known: string | null = null,
    layer: "active" | null = null,
  ) {
    return (await this.end.call("readPixels", { region, maxSide, known, layer })) as PixelsOnWire;
  }

  eventsOf(name: string): unknown[] {
    return this.events.filter((event) => event.name === name).map(({ value }) => value);
  }

  close(): void {
    this.end.close();
    this.plugin.unload();
  }
}

/** Waits until something holds; the test's time-out is the limit. */
export async function until(holds: () => boolean, ms = 3_000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`Not within ${ms} ms: ${holds}`);
    await pause(5);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
