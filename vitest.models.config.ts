import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Parity of generated models with PyTorch: minutes, and models that models/export has to make first. */
export default defineConfig({
  resolve: { alias: { "@masksmith/core": at("./core/index.ts"), "#platform": at("./core/platform/node.ts") } },
  test: { include: ["test/models/**/*.test.ts"], testTimeout: 1_800_000, hookTimeout: 480_000, maxWorkers: 1 },
});
