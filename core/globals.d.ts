/**
 * What the core may expect of its runtime beyond ECMAScript itself: abort signals and timers, which pages, workers,
 * Node and Photoshop's runtime all have. Anything else (DOM, Node, a host) is out of reach by construction.
 */
interface AbortController {
  readonly signal: import("./signal.js").Signal;
  abort(reason?: unknown): void;
}
declare var AbortController: { new (): AbortController };
declare function setTimeout(callback: () => void, milliseconds?: number): unknown;
declare function clearTimeout(handle: unknown): void;
declare var performance: { now(): number };
