import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: { alias: { "@masksmith/core": at("./core/index.ts") } },
  test: {
    include: ["test/**/*.test.ts"],
    // The simulated Photoshop loads the built plugin.
    globalSetup: [at("./test/photoshop/buildPlugin.ts")],
    maxConcurrency: 16,
    exclude: ["test/measure/**", "test/models/**"],
    // A second, the default, is little on a busy machine.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 480_000,
    hookTimeout: 480_000,
    maxWorkers: 2,
  },
});
