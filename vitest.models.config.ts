import { defineConfig } from "vitest/config";
import base from "./vitest.config.js";

/** Parity of generated models with PyTorch: minutes, and models that models/export has to make first. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ["test/models/**/*.test.ts"], exclude: [], testTimeout: 1_800_000, maxWorkers: 1 },
});
