import type { GroupLayer, Layer } from "../model.js";
import { type Cut, cutRect } from "./cut.js";
import type { CheckedItem } from "./items.js";

/**
 * Objects as masked layers, nested as their parents say: an object that contains others becomes a group with its own layer
 * at the bottom. Each layer has the source's pixels of the mask's bounds, so its mask can be corrected inside them.
 */
export function groupOf(
  items: readonly CheckedItem[],
  source: readonly Layer[],
  name: string,
  nextId: () => number,
): GroupLayer {
  const members = (parent: number | null): Layer[] =>
    items.flatMap((item, i) => {
      if (item.parent !== parent) return [];
      const layer = objectLayer(item, source, nextId);
      const inner = members(i);
      return inner.length === 0 ? [layer] : [newGroup(item.name, [layer, ...inner], nextId)];
    });
  return newGroup(name, members(null), nextId);
}

/** A plain new layer with the given pixels. */
export function newLayer(name: string, cut: Cut, id: number): Layer & { kind: "pixels" } {
  return { ...PLAIN, ...cut, kind: "pixels", blendMode: "normal", background: false, id, name };
}

function objectLayer({ name, coverage }: CheckedItem, source: readonly Layer[], nextId: () => number): Layer {
  const layer = newLayer(name, cutRect(source, coverage, name), nextId());
  return { ...layer, mask: { ...coverage, enabled: true } };
}

function newGroup(name: string, children: readonly Layer[], nextId: () => number): GroupLayer {
  return { ...PLAIN, kind: "group", blendMode: "pass through", expanded: true, id: nextId(), name, children };
}

const PLAIN = { visible: true, opacity: 1, locked: false, clipped: false, mask: null } as const;
