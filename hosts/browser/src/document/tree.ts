import type { Layer, LayerId } from "./model.js";

/** All layers from the bottom up; a group before its members. */
export function* allLayers(layers: readonly Layer[]): Generator<Layer> {
  for (const layer of layers) {
    yield layer;
    if (layer.kind === "group") yield* allLayers(layer.children);
  }
}

export function findLayer(layers: readonly Layer[], id: LayerId | null): Layer | null {
  if (id === null) return null;
  for (const layer of allLayers(layers)) if (layer.id === id) return layer;
  return null;
}

/** The tree with one layer changed; everything off its path is shared. Null from `change` removes it. */
export function changeLayer(
  layers: readonly Layer[],
  id: LayerId,
  change: (layer: Layer) => Layer | null,
): readonly Layer[] {
  for (const [i, layer] of layers.entries()) {
    if (layer.id === id) {
      const changed = change(layer);
      return changed ? layers.with(i, changed) : layers.toSpliced(i, 1);
    }
    if (layer.kind !== "group") continue;
    const children = changeLayer(layer.children, id, change);
    if (children !== layer.children) return layers.with(i, { ...layer, children });
  }
  return layers;
}

/** The tree with a layer put just above another one; on top of all if there is no such layer. */
export function insertAbove(layers: readonly Layer[], below: LayerId | null, layer: Layer): readonly Layer[] {
  return (below === null ? null : insertedAbove(layers, below, layer)) ?? [...layers, layer];
}

function insertedAbove(layers: readonly Layer[], below: LayerId, layer: Layer): readonly Layer[] | null {
  for (const [i, member] of layers.entries()) {
    if (member.id === below) return layers.toSpliced(i + 1, 0, layer);
    if (member.kind !== "group") continue;
    const children = insertedAbove(member.children, below, layer);
    if (children) return layers.with(i, { ...member, children });
  }
  return null;
}

/** `name`, or the first of `name 2`, `name 3`, ... that is not taken. */
export function freeName(name: string, taken: Iterable<string>): string {
  const names = new Set(taken);
  if (!names.has(name)) return name;
  let n = 2;
  while (names.has(`${name} ${n}`)) n++;
  return `${name} ${n}`;
}
