import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LONG } from "../../support/long.js";
import { adapterOf, adoptFolder, differences, hasReference } from "../../support/modelReference.js";
import { runtimes } from "../../support/native.js";
import { fixture } from "../../support/pictures.js";

/** Small models of real architectures with random weights, and what PyTorch computes with them; from models/export. */
const folder = fixture("models");
const withReference = (path: string) =>
  existsSync(path) ? readdirSync(path).filter((id) => hasReference(join(path, id))) : [];
const models = withReference(folder);
/** Further exports that the same adapters take: of the long form only. */
const VARIANTS = ["official-single", "samexporter-mobile", "samexporter-plain", "transformers-js-boxes"];
const layouts = withReference(join(folder, "layouts")).filter((name) => LONG || !VARIANTS.includes(name));

function expectEqual({ found, tolerance }: Awaited<ReturnType<typeof differences>>): void {
  expect(tolerance).toBeLessThanOrEqual(1e-3);
  expect(found.length).toBeGreaterThan(5);
  expect(found.filter(({ relative }) => !(relative <= tolerance))).toEqual([]);
}

describe.each(await runtimes())("small random models against PyTorch on $backend", (runtime) => {
  test("are in test/fixtures/models", () => {
    expect(models.length).toBeGreaterThan(0);
    expect(layouts.length).toBeGreaterThan(0);
  });

  test.each(models)("%s gives the embedding, scores and logits of every kind of prompt within 1e-3", async (id) => {
    expectEqual(await differences(join(folder, id), runtime));
  });

  test.each(layouts)("%s, a public layout, is recognised, added, and gives the same", async (name) => {
    const path = join(folder, "layouts", name);
    const { adapter, model } = await adoptFolder(path);
    expect(adapter).toBe(adapterOf(path));
    expectEqual(await differences(path, runtime, model));
  });
});
