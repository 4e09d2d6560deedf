import { model } from "@masksmith/model-minisam-vit-t";
import { describe, expect, test } from "vitest";
import { toCandidates } from "../../../core/decode/candidates.js";
import { point } from "../../../core/frames.js";
import { type Manifest, parseManifest } from "../../../core/model/manifest.js";
import { makePlacement } from "../../../core/prompt/transform.js";
import type { Point } from "../../../core/types.js";

const SIDE = 256;
const placement = makePlacement({ width: 64, height: 64 }, { width: 1024, height: 1024 }, 1024);
const base = parseManifest(model.manifest);
const withMasks = (masks: Partial<Manifest["masks"]>): Manifest => ({ ...base, masks: { ...base.masks, ...masks } });

/** Token i is a square of `10 + 10 i` low-res cells; `doubt`: the share of cells of token 0 whose logit is next to nothing. */
function answer(doubt: number) {
  const logits = new Float32Array(4 * SIDE * SIDE).fill(-5);
  for (let token = 0; token < 4; token++) {
    const side = 10 + 10 * token;
    for (let i = 0; i < side * side; i++) {
      const at = token * SIDE * SIDE + Math.floor(i / side) * SIDE + (i % side);
      logits[at] = token === 0 && i < doubt * side * side ? 0.01 : 5;
    }
  }
  return { logits, predictedIou: Float32Array.of(0.5, 0.7, 0.9, 0.8) };
}

const tokens = (manifest: Manifest, multimask: boolean, doubt = 0) =>
  toCandidates(answer(doubt), { multimask, foreground: [] }, placement, manifest, {}).map(({ token }) => token);

describe("candidates", () => {
  test("are the ambiguity masks by the model's ranking, or the single-mask token alone", () => {
    expect(tokens(base, true)).toEqual([2, 3, 1]);
    expect(tokens(base, false)).toEqual([0]);
    expect(tokens(withMasks({ ranking: "stability", candidates: [0, 1] }), true, 0.5)).toEqual([1, 0]);
  });

  test("the best candidate is the single answer of a model that has no token for it", () => {
    expect(tokens(withMasks({ single: "best", candidates: [0, 1, 2] }), false)).toEqual([2]);
  });

  test("a single mask that is not stable gives way to the best candidate, where the model says so", () => {
    const sam2 = withMasks({ single_fallback: { stability_offset: 0.05, threshold: 0.98 } });
    expect(tokens(sam2, false, 0)).toEqual([0]);
    expect(tokens(sam2, false, 0.01)).toEqual([0]);
    expect(tokens(sam2, false, 0.05)).toEqual([2]);
    expect(tokens(base, false, 0.05)).toEqual([0]);
  });

  test("that the manifest speaks of and the model does not give are an error of the model", () => {
    expect(() => tokens(withMasks({ candidates: [1, 7] }), true)).toThrow(
      /gives 4 masks, but its manifest names mask 7/,
    );
  });

  test("what the same run found besides follows what was asked for", () => {
    const others = (manifest: Manifest, multimask: boolean) =>
      toCandidates(answer(0), { multimask, foreground: [] }, placement, manifest, { alternatives: true }).map(
        ({ token }) => token,
      );
    expect(others(base, true)).toEqual([2, 3, 1, 0]);
    expect(others(base, false)).toEqual([0, 2, 3, 1]);
    expect(others(withMasks({ single: "best", candidates: [0, 1, 2] }), false)).toEqual([2, 1, 0]);
  });

  test("are clean by construction: a faint crumb goes, unless it was clicked or the model's own mask is asked for", () => {
    const crumbed = answer(0);
    for (let i = 0; i < 6; i++) for (let k = 0; k < 6; k++) crumbed.logits[(200 + i) * SIDE + 200 + k] = 1;
    const areaOf = (foreground: readonly Point<"model">[], raw: boolean) => {
      const options = { raw, logits: true };
      const [found] = toCandidates(crumbed, { multimask: false, foreground }, placement, base, options);
      const inLogits = found!.logits!.data.filter((value) => value > 0).length;
      return { specks: found!.specks, area: found!.area, cells: inLogits };
    };
    const clean = areaOf([], false);
    expect(clean).toMatchObject({ specks: 1, cells: 100 });
    expect(areaOf([], true)).toMatchObject({ specks: 1, cells: 136 });
    expect(areaOf([point("model", 4 * 203, 4 * 203)], false)).toEqual(areaOf([], true));
    expect(areaOf([], true).area).toBeGreaterThan(clean.area);
  });

  test("a model of one mask gives that", () => {
    const one = withMasks({ single: 0, candidates: [0] });
    expect([tokens(one, true), tokens(one, false)]).toEqual([[0], [0]]);
  });
});
