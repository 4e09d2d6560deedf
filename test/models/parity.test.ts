import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { loadNative } from "../../hosts/cli/src/native.js";
import { ADAPTER, adoptFolder, differences, hasReference } from "../support/modelReference.js";

/** Where models/export wrote its seeded random models; see models/export/README.md. */
const folder = resolve(process.env.MASKSMITH_RANDOM_MODELS ?? "out/random-models");
const models = existsSync(folder) ? readdirSync(folder).filter((id) => hasReference(join(folder, id))) : [];
const only = process.env.MODEL;
const native = await loadNative();
/** Too large for WebAssembly, by the check that the engine makes itself. */
const isTooLarge = /all that wasm can address/;

describe("logits of random models against PyTorch", () => {
  it.skipIf(models.length > 0)(
    `needs models in ${folder}: set MASKSMITH_RANDOM_MODELS, or make them with models/export`,
    () => {
      expect(models).not.toEqual([]);
    },
  );

  describe.each(models.filter((id) => only === undefined || id === only))("%s", (id) => {
    it("wasm", async (context) => {
      const run = await differences(join(folder, id), { backend: "wasm" }).catch((error: Error) => {
        if (!isTooLarge.test(error.message)) throw error;
        context.skip(error.message);
        throw error;
      });
      report(id, "wasm", run);
    });

    it.skipIf(!native)("native (needs onnxruntime-node, beside or in MASKSMITH_ONNXRUNTIME_NODE)", async () => {
      report(id, "native", await differences(join(folder, id), nativeRuntime()));
    });
  });
});

/** Folders as other tools publish them, made by models/export too. */
const layoutFolder = resolve(process.env.MASKSMITH_LAYOUTS ?? "out/layouts");
const layouts = existsSync(layoutFolder)
  ? readdirSync(layoutFolder).filter((name) => hasReference(join(layoutFolder, name)))
  : [];
describe("answers of public layouts against PyTorch", () => {
  it.skipIf(layouts.length > 0)(`needs layouts in ${layoutFolder}: set MASKSMITH_LAYOUTS`, () => {
    expect(layouts).not.toEqual([]);
  });

  describe.each(layouts.filter((name) => only === undefined || name === only))("%s", (name) => {
    it("is recognised, added, and computes what PyTorch does, on wasm and natively", async () => {
      const folder = join(layoutFolder, name);
      const { adapter, model } = await adoptFolder(folder);
      expect(adapter).toBe(ADAPTER[name]);
      report(name, "wasm", await differences(folder, { backend: "wasm" }, model));
      if (native) report(name, "native", await differences(folder, nativeRuntime(), model));
    });
  });
});

function nativeRuntime() {
  const runtime = { ort: native!.ort, providers: ["cpu"], availableMemory: () => Number.POSITIVE_INFINITY };
  return { backend: "native", native: runtime, threads: availableParallelism() } as const;
}

function report(id: string, backend: string, { found, tolerance }: Awaited<ReturnType<typeof differences>>): void {
  const worst = found.reduce((a, b) => (a.relative >= b.relative ? a : b));
  process.stdout.write(`${id} on ${backend}: worst ${worst.relative.toExponential(1)} (${worst.what})\n`);
  expect(found.length).toBeGreaterThan(5);
  expect(found.filter(({ relative }) => !(relative <= tolerance))).toEqual([]);
}
