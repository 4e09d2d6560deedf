import { defineConfig } from "vitest/config";
import base from "./vitest.config.js";

/**
 * All tests in their long form: every reference picture and run, a fault at each step of the simulated Photoshop, all page
 * variants, all bundlers, the real model on real documents. A change is tested by the short form of each.
 */
export default defineConfig({
  ...base,
  test: { ...base.test, env: { MASKSMITH_LONG: "1", PARITY: "full", MASKSMITH_BUNDLERS: "all" } },
});
