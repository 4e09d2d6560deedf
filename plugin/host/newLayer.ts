import { MasksmithError } from "@masksmith/core";
import { type Descriptor, selectLayer } from "./batchPlay.js";
import type { CheckedItem } from "./checkedItem.js";
import { activeLayer, hasPixels } from "./describe.js";
import type { Environment } from "./environment.js";
import { changeMaskOf, selectComposite } from "./layerMask.js";
import type { ChangeScope } from "./modal.js";
import type { PsDocument, PsLayer } from "./photoshop.js";
import { writeSelection } from "./writeMask.js";

const DUPLICATE: Descriptor = {
  _obj: "duplicate",
  _target: [{ _ref: "layer", _enum: "ordinal", _value: "targetEnum" }],
  version: 5,
};

/**
 * A new layer that shows an object: the source's pixels under its soft edge, or, where the source is no pixel layer (smart
 * object, text, fill), a masked duplicate, which stays what it is. Active afterwards. @throws in words for the user.
 */
export async function layerFrom(
  env: Environment,
  document: PsDocument,
  source: PsLayer,
  { name, coverage }: CheckedItem,
  scope: ChangeScope,
): Promise<void> {
  if (!hasPixels(source)) {
    const { id } = await duplicateLayer(document, source, name, scope);
    await changeMaskOf({ env, document, layerId: id, scope }, coverage(), "intersect");
    await selectComposite(env, document, scope);
    return;
  }
  await writeSelection(env, document, coverage(), scope);
  await copyToLayer(env, document, source, name, scope);
}

/** Makes a layer from the source layer's pixels under the selection, active afterwards. @throws in words for the user. */
export async function copyToLayer(
  env: Environment,
  document: PsDocument,
  source: PsLayer,
  name: string,
  scope: ChangeScope,
): Promise<PsLayer> {
  // With a mask active it would be the mask that is copied.
  await scope.play(selectLayer(source.id));
  await selectComposite(env, document, scope);
  try {
    await scope.play(selectLayer(source.id), { _obj: "copyToLayer" });
  } catch (cause) {
    if (!(cause instanceof MasksmithError) || cause.kind !== "runtime") throw cause;
    const message = `“${source.name}” has no pixels where “${name}” is; nothing changed. Select another layer`;
    throw new MasksmithError("state", message, { cause });
  }
  return named(document, source, name, scope);
}

export async function duplicateLayer(
  document: PsDocument,
  source: PsLayer,
  name: string,
  scope: ChangeScope,
): Promise<PsLayer> {
  await scope.play(selectLayer(source.id), { ...DUPLICATE, name });
  return named(document, source, name, scope);
}

async function named(document: PsDocument, source: PsLayer, name: string, scope: ChangeScope): Promise<PsLayer> {
  const made = activeLayer(document);
  if (!made || made.id === source.id)
    throw new MasksmithError("runtime", "Photoshop did not create a layer from the selection");
  const target = [{ _ref: "layer", _id: made.id }];
  await scope.play({ _obj: "set", _target: target, to: { _obj: "layer", name } });
  return made;
}
