import { MasksmithError, solidSoft } from "@masksmith/core";
import type { CheckedItem } from "./checkedItem.js";
import { hasPixels } from "./describe.js";
import type { Environment } from "./environment.js";
import { changeMaskOf, newMask, selectComposite, type Way } from "./layerMask.js";
import type { ChangeScope } from "./modal.js";
import { copyToLayer, duplicateLayer } from "./newLayer.js";
import type { PsDocument, PsLayer } from "./photoshop.js";
import { writeSelection } from "./writeMask.js";

/** Photoshop's documents as far as groups need them. */
interface Grouping {
  createLayerGroup(options: { name: string; fromLayers: readonly PsLayer[] }): Promise<PsLayer | null>;
}

/**
 * All objects as masked layers in one group, nested as their parents say: an object that contains others becomes a group
 * with its own layer at the bottom. A layer has the source's pixels of its mask's bounds, so that the mask can be corrected;
 * of a smart object, text or fill it is a duplicate.
 */
export async function makeGroup(
  env: Environment,
  document: PsDocument,
  source: PsLayer,
  items: readonly CheckedItem[],
  scope: ChangeScope,
): Promise<void> {
  const layers = new Map<number, PsLayer>();
  // A new layer comes to lie right above its source, so what lies highest is made first.
  let way: Way | undefined;
  for (const index of upwards(items).reverse()) {
    const { name, bounds, coverage } = items[index];
    if (!hasPixels(source)) {
      const layer = await duplicateLayer(document, source, name, scope);
      await changeMaskOf({ env, document, layerId: layer.id, scope }, coverage(), "intersect");
      layers.set(index, layer);
      continue;
    }
    await writeSelection(env, document, solidSoft(bounds), scope);
    const layer = await copyToLayer(env, document, source, name, scope);
    way = await newMask({ env, document, layerId: layer.id, scope }, coverage(), "hideAll", way);
    layers.set(index, layer);
  }
  await selectComposite(env, document, scope);
  const top = await grouped(document, items, null, layers, scope);
  await group(document, "Objects", top, scope);
}

/** Items from the lowest to the highest: each below its members. */
function upwards(items: readonly CheckedItem[], parent: number | null = null): number[] {
  return items.flatMap((item, i) => (item.parent === parent ? [i, ...upwards(items, i)] : []));
}

/** The members of an item as layers and groups, inner groups first. */
async function grouped(
  document: PsDocument,
  items: readonly CheckedItem[],
  parent: number | null,
  layers: ReadonlyMap<number, PsLayer>,
  scope: ChangeScope,
): Promise<PsLayer[]> {
  const members: PsLayer[] = [];
  for (const [i, item] of items.entries()) {
    if (item.parent !== parent) continue;
    const own = layers.get(i) as PsLayer;
    const inner = await grouped(document, items, i, layers, scope);
    members.push(inner.length === 0 ? own : await group(document, item.name, [own, ...inner], scope));
  }
  return members;
}

async function group(
  document: PsDocument,
  name: string,
  fromLayers: readonly PsLayer[],
  scope: ChangeScope,
): Promise<PsLayer> {
  scope.check();
  const made = await (document as unknown as Grouping).createLayerGroup({ name, fromLayers });
  if (!made) throw new MasksmithError("runtime", `Photoshop did not create the group “${name}”`);
  return made;
}
