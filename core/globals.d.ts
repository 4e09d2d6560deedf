/**
 * What the core may expect of its runtime beyond ECMAScript itself: abort signals and timers, which pages, workers,
 * Node and Photoshop's runtime all have. Anything else (DOM, Node, a host) is out of reach by construction.
 */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare var AbortController: { new (): AbortController };
declare function setTimeout(callback: () => void, milliseconds?: number): unknown;
declare function clearTimeout(handle: unknown): void;
declare var performance: { now(): number };
