import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Measurements of the page in a real browser, one at a time: they need a machine that does nothing else. */
export default defineConfig({
  resolve: { alias: { "@masksmith/core": at("./core/index.ts"), "#platform": at("./core/platform/node.ts") } },
  test: {
    include: ["test/measure/**/*.test.ts"],
    globalSetup: [at("./test/browser/support/provideBrowser.ts")],
    testTimeout: 1_800_000,
    hookTimeout: 480_000,
    maxWorkers: 1,
    fileParallelism: false,
    reporters: ["verbose"],
    disableConsoleIntercept: true,
  },
});
