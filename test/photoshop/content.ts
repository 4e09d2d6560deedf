import { createHash } from "node:crypto";
import { type Coverage, cropSoft } from "@masksmith/core";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import type { Layer } from "../../hosts/browser/src/document/model.js";
import { allLayers } from "../../hosts/browser/src/document/tree.js";
import type { SimDocument } from "./simulator/document.js";

export function sumOf(bytes: Uint8Array | Uint8ClampedArray | null): string | null {
  return bytes && createHash("sha1").update(bytes).digest("hex");
}

/** All that a document holds and has active, by names: ids differ from run to run. */
export function contentOf({ state, canvas }: SimDocument): unknown {
  const covered = (coverage: Coverage | null) => coverage && sumOf(cropSoft(coverage, canvas).data);
  const layerOf = (one: Layer): unknown => {
    const { name, visible, opacity, locked, clipped, blendMode } = one;
    const common = { name, visible, opacity, locked, clipped, blendMode, mask: covered(one.mask) };
    if (one.kind === "group") return { ...common, children: one.children.map(layerOf) };
    return { ...common, at: [one.x, one.y, one.width, one.height], pixels: sumOf(one.pixels) };
  };
  const { layers, selection, channels, paths } = state.picture;
  return {
    layers: layers.map(layerOf),
    selection: selection && covered(toCoverage(selection)),
    channels: channels.map(({ name, coverage }) => [name, covered(toCoverage(coverage))]),
    paths: paths.map(({ name, outlines }) => [name, outlines.map(({ hole, points }) => [hole, Array.from(points)])]),
    active: [...allLayers(layers)].filter(({ id }) => state.activeLayers.includes(id)).map(({ name }) => name),
    activeChannel: state.activeChannel,
    workPath: state.workPath,
  };
}
