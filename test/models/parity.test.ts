import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { adapterOf, adoptFolder, differences, hasReference } from "../support/modelReference.js";
import { runtimes } from "../support/native.js";
import { fixture } from "../support/pictures.js";

/** What has to agree with PyTorch: two models at true size, the others at true widths with fewer blocks. */
const REQUIRED = [
  "mobile-sam",
  "sam-vit-b",
  "sam-vit-l-short",
  "sam-vit-h-short",
  "sam-hq-vit-b-short",
  "sam2.1-tiny-short",
  "sam2.1-large-short",
];
const COMMAND = "cd models && .venv/bin/python -m export.random_models ../out/random-models --export";

/** Where that command writes its seeded random models; what else lies there with a reference is compared too. */
const folder = resolve(process.env.MASKSMITH_RANDOM_MODELS ?? "out/random-models");
/** Folders as other tools publish them: the small ones of `npm test`, or others of models/export's layouts. */
const layoutFolder = resolve(process.env.MASKSMITH_LAYOUTS ?? fixture("models/layouts"));
const only = process.env.MODEL;
const backends = await runtimes();
/** Too large for WebAssembly, by the check that the engine makes itself. */
const isTooLarge = /all that wasm can address/;

const models = comparable(folder);
const layouts = comparable(layoutFolder);

describe("logits of random models against PyTorch", () => {
  test("has every model that it has to compare", () => {
    const missing = REQUIRED.filter((id) => isWanted(id) && !models.includes(id));
    if (missing.length > 0) throw new Error(`not in ${folder}: ${missing.join(", ")}; make them with: ${COMMAND}`);
    expect([...models, ...layouts].length, `models or layouts named ${only}`).toBeGreaterThan(0);
  });

  describe.each(models)("%s", (id) => {
    test.each(backends)("$backend", async (runtime) => {
      const run = await differences(join(folder, id), runtime).catch((error: Error) => error);
      if (run instanceof Error) return skipTooLarge(id, run);
      report(id, runtime.backend!, run);
    });
  });
});

describe("answers of public layouts against PyTorch", () => {
  describe.each(layouts)("%s", (name) => {
    test.each(backends)("is recognised, added, and computes what PyTorch does, on $backend", async (runtime) => {
      const path = join(layoutFolder, name);
      const { adapter, model } = await adoptFolder(path);
      expect(adapter).toBe(adapterOf(path));
      report(name, runtime.backend!, await differences(path, runtime, model));
    });
  });
});

function isWanted(id: string): boolean {
  return only === undefined || id === only;
}

function comparable(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path).filter((id) => isWanted(id) && hasReference(join(path, id)));
}

/** A model beyond the required ones may be larger than WebAssembly can hold. */
function skipTooLarge(id: string, error: Error): void {
  if (REQUIRED.includes(id) || !isTooLarge.test(error.message)) throw error;
  process.stdout.write(`${id} is not compared: ${error.message}\n`);
}

function report(id: string, backend: string, { found, tolerance }: Awaited<ReturnType<typeof differences>>): void {
  const worst = found.reduce((a, b) => (a.relative >= b.relative ? a : b));
  process.stdout.write(`${id} on ${backend}: worst ${worst.relative.toExponential(1)} (${worst.what})\n`);
  expect(tolerance).toBeLessThanOrEqual(1e-3);
  expect(found.length).toBeGreaterThan(5);
  expect(found.filter(({ relative }) => !(relative <= tolerance))).toEqual([]);
}
