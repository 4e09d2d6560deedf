import type { SoftMask } from "@masksmith/core";
import { MasksmithError } from "../bridge/index.js";
import { activeLayer } from "./describe.js";
import type { Environment } from "./environment.js";
import { newMask, selectLayer } from "./layerMask.js";
import type { ChangeScope } from "./modal.js";
import type { PsDocument, PsLayer } from "./photoshop.js";
import { putSelection } from "./put.js";

/** An object to apply: its coverage inside the canvas. */
export interface CheckedItem {
  readonly name: string;
  readonly coverage: SoftMask;
  readonly parent: number | null;
}

/** Photoshop's documents as far as groups need them. */
interface Grouping {
  createLayerGroup(options: { name: string; fromLayers: readonly PsLayer[] }): Promise<PsLayer | null>;
}

/** Makes a layer from the source layer's pixels under the selection, active afterwards. @throws in words for the user. */
export async function copyToLayer(
  document: PsDocument,
  source: PsLayer,
  name: string,
  scope: ChangeScope,
): Promise<PsLayer> {
  try {
    await scope.play(selectLayer(source.id), { _obj: "copyToLayer" });
  } catch (cause) {
    if (!(cause instanceof MasksmithError) || cause.kind === "aborted") throw cause;
    const words = `“${source.name}” gives no pixels where “${name}” is; nothing was changed. Select another layer`;
    throw new MasksmithError("state", words, { cause });
  }
  const made = activeLayer(document);
  if (!made || made.id === source.id) throw new MasksmithError("runtime", "Photoshop made no layer from the selection");
  const target = [{ _ref: "layer", _id: made.id }];
  await scope.play({ _obj: "set", _target: target, to: { _obj: "layer", name } });
  return made;
}

/**
 * All objects as masked layers in one group, nested as their parents say: an object that contains others becomes a group
 * with its own layer at the bottom. A layer has the source's pixels of its mask's bounds, so that the mask can be corrected.
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
  for (const index of upwards(items).reverse()) {
    const { name, coverage } = items[index];
    const { x, y, width, height } = coverage;
    await putSelection(env, document, { x, y, width, height, data: new Uint8Array(width * height).fill(255) });
    scope.check();
    const layer = await copyToLayer(document, source, name, scope);
    await newMask(env, document, layer.id, coverage, "hideAll", scope, "first");
    layers.set(index, layer);
  }
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
  if (!made) throw new MasksmithError("runtime", `Photoshop made no group “${name}”`);
  return made;
}
