import { enclosingRect, intersectRects, type Rect } from "@masksmith/core";
import type { DocumentState, Layer } from "./model.js";
import { allLayers } from "./tree.js";

const NOTHING: Rect = { x: 0, y: 0, width: 0, height: 0 };

/** The part of the picture that may look different in another state; empty if none does. Looks at identities only. */
export function damage(before: DocumentState, after: DocumentState): Rect {
  if (before.layers === after.layers) return NOTHING;
  const canvas = { x: 0, y: 0, width: after.width, height: after.height };
  const old = new Set<Layer>(allLayers(before.layers));
  const now = new Set<Layer>(allLayers(after.layers));
  let area = NOTHING;
  for (const layer of old)
    if (!now.has(layer) && !isUnchangedGroup(layer, now)) area = enclosingRect(area, extent(layer));
  for (const layer of now)
    if (!old.has(layer) && !isUnchangedGroup(layer, old)) area = enclosingRect(area, extent(layer));
  return intersectRects(area, canvas);
}

/** Whether a group is new only because of its members, which speak for themselves. */
function isUnchangedGroup(layer: Layer, others: ReadonlySet<Layer>): boolean {
  if (layer.kind !== "group") return false;
  for (const other of others) {
    if (other.id !== layer.id) continue;
    return APPEARANCE.every((property) => layer[property] === other[property]);
  }
  return false;
}

const APPEARANCE = ["visible", "opacity", "mask", "blendMode", "clipped"] as const;

function extent(layer: Layer): Rect {
  if (layer.kind === "pixels") return layer;
  return layer.children.map(extent).reduce(enclosingRect, NOTHING);
}
