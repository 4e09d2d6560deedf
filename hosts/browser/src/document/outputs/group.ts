import type { GroupLayer, Layer } from "../model.js";
import type { InTurns } from "../turns.js";
import { type Cut, cutRect } from "./cut.js";
import type { CheckedItem } from "./items.js";

/**
 * Objects as masked layers, nested as their parents say: an object that contains others becomes a group with its own layer
 * at the bottom. Each layer has the source's pixels of the mask's bounds, so its mask can be corrected inside them.
 */
export function* groupOf(
  items: readonly CheckedItem[],
  source: readonly Layer[],
  name: string,
  nextId: () => number,
): InTurns<GroupLayer> {
  function* members(parent: number | null): InTurns<Layer[]> {
    const layers: Layer[] = [];
    for (const [i, item] of items.entries()) {
      if (item.parent !== parent) continue;
      const layer = yield* objectLayer(item, source, nextId);
      const inner = yield* members(i);
      layers.push(inner.length === 0 ? layer : newGroup(item.name, [layer, ...inner], nextId));
    }
    return layers;
  }
  return newGroup(name, yield* members(null), nextId);
}

/** A plain new layer with the given pixels. */
export function newLayer(name: string, cut: Cut, id: number): Layer & { kind: "pixels" } {
  return { ...PLAIN, ...cut, kind: "pixels", blendMode: "normal", background: false, id, name };
}

function* objectLayer({ name, coverage }: CheckedItem, source: readonly Layer[], nextId: () => number): InTurns<Layer> {
  const layer = newLayer(name, yield* cutRect(source, coverage, name), nextId());
  return { ...layer, mask: { ...coverage, enabled: true } };
}

function newGroup(name: string, children: readonly Layer[], nextId: () => number): GroupLayer {
  return { ...PLAIN, kind: "group", blendMode: "pass through", expanded: true, id: nextId(), name, children };
}

const PLAIN = { visible: true, opacity: 1, locked: false, clipped: false, mask: null } as const;
