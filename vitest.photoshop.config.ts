import { defineConfig } from "vitest/config";
import base from "./vitest.config.js";

/** The simulated Photoshop in its long form: a fault at each step, all page variants, the real model on real documents. */
export default defineConfig({ ...base, test: { ...base.test, env: { MASKSMITH_PHOTOSHOP: "long" } } });
