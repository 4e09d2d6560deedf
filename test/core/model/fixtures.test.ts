import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ADAPTER, adoptFolder, differences, hasReference } from "../../support/modelReference.js";
import { fixture } from "../../support/pictures.js";

/** Small models of real architectures with random weights, and what PyTorch computes with them; from models/export. */
const folder = fixture("models");
const withReference = (path: string) =>
  existsSync(path) ? readdirSync(path).filter((id) => hasReference(join(path, id))) : [];
const models = withReference(folder);
const layouts = withReference(join(folder, "layouts"));

function expectEqual({ found, tolerance }: Awaited<ReturnType<typeof differences>>): void {
  expect(tolerance).toBeLessThanOrEqual(1e-3);
  expect(found.length).toBeGreaterThan(5);
  expect(found.filter(({ relative }) => !(relative <= tolerance))).toEqual([]);
}

describe("small random models against PyTorch", () => {
  it.skipIf(models.length > 0)("are not in test/fixtures/models: nothing to compare", () => {
    expect(models).toEqual([]);
  });

  it.each(models)("%s gives the embedding, scores and logits of every kind of prompt within 1e-3", async (id) => {
    expectEqual(await differences(join(folder, id), { backend: "wasm" }));
  });

  it.each(layouts)("%s, a public layout, is recognised, added, and gives the same", async (name) => {
    const path = join(folder, "layouts", name);
    const { adapter, model } = await adoptFolder(path);
    expect(adapter).toBe(ADAPTER[name]);
    expectEqual(await differences(path, { backend: "wasm" }, model));
  });
});
