import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { differences, hasReference } from "../../support/modelReference.js";
import { fixture } from "../../support/pictures.js";

/** Small models of real architectures with random weights, and what PyTorch computes with them; from models/export. */
const folder = fixture("models");
const models = existsSync(folder) ? readdirSync(folder).filter((id) => hasReference(join(folder, id))) : [];

describe("small random models against PyTorch", () => {
  it.skipIf(models.length > 0)("are not in test/fixtures/models: nothing to compare", () => {
    expect(models).toEqual([]);
  });

  it.each(models)("%s gives the embedding, scores and logits of every kind of prompt within 1e-3", async (id) => {
    const { found, tolerance } = await differences(join(folder, id), { backend: "wasm" });
    expect(tolerance).toBeLessThanOrEqual(1e-3);
    expect(found.length).toBeGreaterThan(5);
    expect(found.filter(({ relative }) => !(relative <= tolerance))).toEqual([]);
  });
});
