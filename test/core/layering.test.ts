import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Every TypeScript source below a folder. */
function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ts$/.test(file) && !/(^|\/)(dist|node_modules)\//.test(file))
    .map((file) => join(folder, file));
}

/** The module names a source imports. */
function imports(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const named = /^(?:import|export|\}).* from "([^"]+)";$|^import "([^"]+)";$|\bimport\("([^"]+)"\)/gm;
  return [...text.matchAll(named)].map(([, from, bare, dynamic]) => (from ?? bare ?? dynamic)!);
}

describe("layers", () => {
  test("the core imports nothing but itself and its declared dependencies", () => {
    const { dependencies, imports: own } = JSON.parse(readFileSync(join(root, "core/package.json"), "utf8"));
    const allowed = Object.keys({ ...dependencies, ...own });
    const wrong = sources("core").flatMap((file) =>
      imports(file)
        .filter((name) =>
          name.startsWith(".") ? leaves("core", file, name) : !allowed.some((known) => isOf(known, name)),
        )
        .map((name) => `${file} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test.each(["hosts", "plugin"])("%s reach the core only through its public surface", (folder) => {
    const wrong = sources(folder).flatMap((file) =>
      imports(file)
        .filter((name) => /(^|\/)core\//.test(name) || name.startsWith("@masksmith/core/"))
        .map((name) => `${file} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("the core loads and works in a bare runtime, without DOM, Node or timers", async () => {
    const { outputFiles } = await build({
      stdin: { contents: 'export * from "./core/index.ts"', resolveDir: root },
      bundle: true,
      write: false,
      format: "iife",
      globalName: "masksmith",
      platform: "neutral",
      mainFields: ["module", "main"],
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

function leaves(folder: string, file: string, name: string): boolean {
  return relative(folder, join(file, "..", name)).startsWith("..");
}

function isOf(dependency: string, name: string): boolean {
  return name === dependency || name.startsWith(`${dependency}/`);
}
