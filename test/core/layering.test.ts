import { join } from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("layers", () => {
  test("the core loads and works in a bare runtime, without DOM, Node or timers", async () => {
    const { outputFiles } = await build({
      stdin: { contents: 'export * from "./core/index.ts"', resolveDir: root },
      bundle: true,
      write: false,
      format: "iife",
      globalName: "masksmith",
      platform: "neutral",
      logLevel: "error",
      mainFields: ["module", "main"],
      alias: { "#platform": join(root, "core/platform/web.ts") },
      external: ["onnxruntime-web", "onnxruntime-web/*"],
    });
    const context = vm.createContext(Object.create(null));
    const area = vm.runInContext(
      `${outputFiles[0].text};
       const mask = masksmith.encodeRle(Uint8Array.of(0, 1, 1, 0, 1, 1), 3, 2);
       const { counts } = masksmith.rleToCoco(mask);
       masksmith.rleArea(masksmith.rleFromCoco({ size: [2, 3], counts }))`,
      context,
    );
    expect(area).toBe(4);
  });
});
