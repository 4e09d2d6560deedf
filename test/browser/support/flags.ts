/** Quiet and offline: nothing the browser does by itself may look like a request of the page. */
export const QUIET: readonly string[] = [
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/**
 * Leaves what runs for less than a few seconds to V8's quick compiler: a test's page is gone before a better one pays. What
 * WebAssembly computes is the same.
 */
export const QUICK: readonly string[] = ["--js-flags=--wasm-tiering-budget=300000000"];
