import type { Photoshop, Uxp, UxpFs } from "./photoshop.js";

/** The part of UXP's document that the panel uses: a flat subset of a browser's, and a <webview>. */
export interface UxpElement {
  id: string;
  className: string;
  textContent: string | null;
  readonly clientWidth: number;
  readonly clientHeight: number;
  readonly style: Record<string, string>;
  append(...children: UxpElement[]): void;
  remove(): void;
  setAttribute(name: string, value: string): void;
  addEventListener(type: string, listener: (event: unknown) => void): void;
}

export interface WebViewElement extends UxpElement {
  src: string;
  postMessage(message: unknown, targetOrigin?: string): void;
}

export interface UxpDocument {
  createElement(name: string): UxpElement;
  readonly theme?: {
    getCurrent(): string;
    readonly onUpdated?: { addListener(listener: (theme: string) => void): void };
  };
}

interface UxpGlobals {
  readonly document: UxpDocument;
  readonly window: { addEventListener(type: string, listener: (event: unknown) => void): void };
  readonly ResizeObserver?: new (callback: () => void) => { observe(element: UxpElement): void };
}

declare const require: (module: string) => unknown;

/** What Photoshop gives a plugin. The types of a browser do not describe it, so nothing else of the DOM is used. */
export interface Environment extends UxpGlobals {
  readonly photoshop: Photoshop;
  readonly uxp: Uxp;
  /** Asked for when it is needed: the panel works without. */
  readonly fs: () => UxpFs;
}

export function environment(): Environment {
  const { document, window, ResizeObserver } = globalThis as unknown as UxpGlobals;
  return {
    document,
    window,
    ...(ResizeObserver ? { ResizeObserver } : {}),
    photoshop: require("photoshop") as Photoshop,
    uxp: require("uxp") as Uxp,
    // biome-ignore lint/style/useNodejsImportProtocol: UXP's own module, and by this name only
    fs: () => require("fs") as UxpFs,
  };
}
