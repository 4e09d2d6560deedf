/** The plugin's long waits, shortened: seconds of patience are none of the tests'. */
export function hurried(ms = 0): number {
  return ms < 1_000 ? ms : ms / 20;
}

/** Standard JavaScript that UXP's engine lacks or leaves useless. */
export const ABSENT = `
  delete globalThis.SharedArrayBuffer;
  delete globalThis.Atomics;
  Object.defineProperty(globalThis, "WebAssembly", { value: { instantiate: () => new Promise(() => {}) } });
`;
