import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { loadNative } from "../../hosts/cli/src/native.js";
import { differences, hasReference } from "../support/modelReference.js";

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
      const runtime = { ort: native!.ort, providers: ["cpu"], availableMemory: () => Number.POSITIVE_INFINITY };
      const run = await differences(join(folder, id), {
        backend: "native",
        native: runtime,
        threads: availableParallelism(),
      });
      report(id, "native", run);
    });
  });
});

function report(id: string, backend: string, { found, tolerance }: Awaited<ReturnType<typeof differences>>): void {
  const worst = found.reduce((a, b) => (a.relative >= b.relative ? a : b));
  process.stdout.write(`${id} on ${backend}: worst ${worst.relative.toExponential(1)} (${worst.what})\n`);
  expect(found.length).toBeGreaterThan(10);
  expect(found.filter(({ relative }) => !(relative <= tolerance))).toEqual([]);
}
