import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ELSEWHERE = ["test/measure/**", "test/models/**"];
const MODEL = "test/**/*.model.test.ts";
/** V8 compiles again, for speed, only what runs long: for a test's short work that costs more than it gains. */
const QUICK = ["--wasm-tiering-budget=300000000"];
const BROWSER = "test/**/*.browser.test.ts";

/**
 * Three projects; the name of a file says where it belongs.
 * - unit, `name.test.ts`: no model, no browser, no plugin build; each test ends within 10 s.
 * - model, `name.model.test.ts`: the real engine, the command line, the simulated Photoshop.
 * - browser, `name.browser.test.ts`: the page in a real Chromium.
 */
export default defineConfig({
  resolve: { alias: { "@masksmith/core": at("./core/index.ts"), "#platform": at("./core/platform/node.ts") } },
  test: {
    maxConcurrency: 16,
    maxWorkers: 2,
    setupFiles: [at("./test/support/properties.ts")],
    // A second, the default, is little on a busy machine.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [MODEL, BROWSER, ...ELSEWHERE],
          isolate: false,
          testTimeout: 10_000,
          hookTimeout: 10_000,
        },
      },
      {
        extends: true,
        test: {
          name: "model",
          include: [MODEL],
          exclude: ELSEWHERE,
          execArgv: QUICK,
          testTimeout: 480_000,
          hookTimeout: 480_000,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: [BROWSER],
          exclude: ELSEWHERE,
          isolate: false,
          globalSetup: [at("./test/browser/support/shareBrowser.ts")],
          testTimeout: 480_000,
          hookTimeout: 480_000,
        },
      },
    ],
  },
});
