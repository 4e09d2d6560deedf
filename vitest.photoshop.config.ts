import { defineConfig } from "vitest/config";
import base from "./vitest.config.js";

/** The simulated Photoshop: minutes of seeded faults, and it needs the built plugin (npm run test:photoshop). */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ["test/photoshop/**/*.test.ts"],
    exclude: [],
    maxConcurrency: 16,
    env: { MASKSMITH_PHOTOSHOP: "long" },
  },
});
