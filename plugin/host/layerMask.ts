import {
  combineSoft,
  cropSoft,
  emptySoft,
  invertSoft,
  isEmptySoft,
  isSameSoft,
  MasksmithError,
  type SoftMask,
} from "@masksmith/core";
import type { SelectionMode } from "@masksmith/panel/host";
import { activateComposite } from "./activeTarget.js";
import { type Descriptor, MASK_CHANNEL, playAll, SELECTION, selectLayer } from "./batchPlay.js";
import { activeLayer } from "./describe.js";
import type { Environment } from "./environment.js";
import type { ChangeScope } from "./modal.js";
import type { PsDocument, PsLayer } from "./photoshop.js";
import { canvasOf, readSelection } from "./pixels.js";
import { writeLayerMask, writeSelection } from "./writeMask.js";

/** Other depths and a converted tone curve may move a value; a mask in the wrong place moves it further. */
const TOLERANCE = 16;

/** What lies around the object: a mask that shows it alone, or one that hides it alone. */
type Ground = "hideAll" | "revealAll";

/** How a mask is made: from the selection, as every version can, or its pixels written, where that goes wrong. */
export type Way = "selection" | "pixels";

const WAYS: readonly Way[] = ["selection", "pixels"];
const DELETE_MASK: Descriptor = { _obj: "delete", _target: [MASK_CHANNEL] };

function makeMask(using: string): Descriptor {
  const kind = { _enum: "userMaskEnabled", _value: using };
  return { _obj: "make", new: { _class: "channel" }, at: MASK_CHANNEL, using: kind };
}

/** A layer (or group) whose mask is worked on, within a change of its document. */
export interface MaskedLayer {
  readonly env: Environment;
  readonly document: PsDocument;
  readonly layerId: number;
  readonly scope: ChangeScope;
}

/**
 * Gives the active layer (or group) a mask, or changes the one it has. A layer without a mask shows all of itself:
 * subtracting hides the object, any other mode shows the object alone. A background becomes a usual layer first. The
 * selection is the mask's afterwards; the caller restores it.
 */
export async function changeLayerMask(
  env: Environment,
  document: PsDocument,
  coverage: SoftMask,
  mode: SelectionMode,
  scope: ChangeScope,
): Promise<void> {
  const { id } = await usualLayer(document, scope);
  await changeMaskOf({ env, document, layerId: id, scope }, coverage, mode);
  await selectComposite(env, document, scope);
}

export async function changeMaskOf(layer: MaskedLayer, coverage: SoftMask, mode: SelectionMode): Promise<void> {
  const { env, document, layerId, scope } = layer;
  const has = await hasMask(env, document, layerId);
  if (!has || mode === "replace") {
    if (has) await scope.play(selectLayer(layerId), DELETE_MASK);
    await newMask(layer, coverage, mode === "subtract" ? "revealAll" : "hideAll");
    return;
  }
  // Made anew, so that of both masks only the result is kept.
  const result = combineSoft(await presentMask(layer), coverage, mode, canvasOf(document));
  await scope.play(selectLayer(layerId), DELETE_MASK);
  await newMask(layer, result, "hideAll");
}

/**
 * Makes the mask of a layer that has none, and reads it back: what does not hold is made the other way. The mask is read
 * through the selection, which unlike a mask's trimmed pixels also says what lies around them.
 * @param trusted a way that has held on a layer like this one: not read back again.
 * @returns the way it was made.
 */
export async function newMask(layer: MaskedLayer, coverage: SoftMask, ground: Ground, trusted?: Way): Promise<Way> {
  const { env, document, layerId, scope } = layer;
  if (trusted || isEmptySoft(coverage)) {
    await made(layer, coverage, ground, trusted ?? "pixels");
    return trusted ?? "selection";
  }
  let failure: unknown;
  for (const way of WAYS) {
    try {
      await made(layer, coverage, ground, way);
      if (await holds(layer, coverage, ground)) return way;
    } catch (error) {
      if (error instanceof MasksmithError && error.kind !== "runtime") throw error;
      failure = error;
    }
    scope.check();
    if (await hasMask(env, document, layerId)) await scope.play(selectLayer(layerId), DELETE_MASK);
  }
  if (failure) throw failure;
  throw new MasksmithError("runtime", "Photoshop did not keep the mask as written");
}

async function holds(layer: MaskedLayer, coverage: SoftMask, ground: Ground): Promise<boolean> {
  const found = await presentMask(layer);
  return isSameSoft(
    found,
    ground === "hideAll" ? coverage : invertSoft(cropSoft(coverage, canvasOf(layer.document))),
    TOLERANCE,
  );
}

async function made(
  { env, document, layerId, scope }: MaskedLayer,
  coverage: SoftMask,
  ground: Ground,
  way: Way,
): Promise<void> {
  if (way === "selection") {
    await writeSelection(env, document, coverage, scope);
    await scope.play(selectLayer(layerId), makeMask(ground === "hideAll" ? "revealSelection" : "hideSelection"));
    return;
  }
  // What a mask written over a smaller area says around it differs between versions.
  await scope.play(selectLayer(layerId), makeMask(ground));
  if (isEmptySoft(coverage)) return;
  const all = cropSoft(coverage, canvasOf(document));
  await writeLayerMask(env, document, layerId, ground === "hideAll" ? all : invertSoft(all));
}

/** A layer's mask as it is on the canvas, through the selection. */
async function presentMask({ env, document, layerId, scope }: MaskedLayer): Promise<SoftMask> {
  await scope.play(selectLayer(layerId), { _obj: "set", _target: [SELECTION], to: MASK_CHANNEL });
  return (await readSelection(env, document)) ?? emptySoft();
}

/** Whether a layer has a user mask. Only reads. @throws MasksmithError with Photoshop's words. */
export async function hasMask(env: Environment, document: PsDocument, layerId: number): Promise<boolean> {
  const layer = { _ref: "layer", _id: layerId };
  const target = [{ _property: "hasUserMask" }, layer, { _ref: "document", _id: document.id }];
  const [answer] = await playAll(env, [{ _obj: "get", _target: target }]);
  return answer?.hasUserMask === true;
}

/** The active layer; a background is turned into a usual layer, as Photoshop's own button does. */
async function usualLayer(document: PsDocument, scope: ChangeScope): Promise<PsLayer> {
  const layer = activeLayer(document);
  if (!layer) throw new MasksmithError("state", "Select one layer in the Layers panel first");
  if (!layer.isBackgroundLayer) return layer;
  const target = [{ _ref: "layer", _property: "background" }];
  await scope.play({ _obj: "set", _target: target, to: { _obj: "layer", name: "Layer 0" } });
  const converted = activeLayer(document);
  if (!converted || converted.isBackgroundLayer) {
    throw new MasksmithError(
      "state",
      "The Background layer cannot have a mask: double-click it to turn it into a layer first",
    );
  }
  return converted;
}

/** After `make` the mask is what the user would paint on; its layer is what they expect. Failing at that harms nothing. */
export async function selectComposite(env: Environment, document: PsDocument, scope: ChangeScope): Promise<void> {
  scope.check();
  try {
    await activateComposite(env, document);
  } catch (error) {
    if (error instanceof MasksmithError && error.kind !== "runtime") throw error;
  }
  scope.check();
}
