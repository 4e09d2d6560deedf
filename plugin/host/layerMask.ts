import type { SoftMask } from "@masksmith/core";
import { MasksmithError } from "../bridge/index.js";
import type { SelectionMode } from "../panel/host.js";
import { combined, cut, inverted, isBlank, isSame, NOTHING } from "./coverage.js";
import { activeLayer } from "./describe.js";
import type { Environment } from "./environment.js";
import { type ChangeScope, playAll } from "./modal.js";
import type { Descriptor, PsDocument, PsLayer } from "./photoshop.js";
import { canvasOf, readSelection } from "./pixels.js";
import { putLayerMask } from "./put.js";

const SELECTION = [{ _ref: "channel", _property: "selection" }] as const;
const MASK_CHANNEL = { _ref: "channel", _enum: "channel", _value: "mask" } as const;

/** Other depths and a converted tone curve may move a value; a mask in the wrong place moves it further. */
const TOLERANCE = 16;

export function makeMask(using: Ground): Descriptor {
  const kind = { _enum: "userMaskEnabled", _value: using };
  return { _obj: "make", new: { _class: "channel" }, at: MASK_CHANNEL, using: kind };
}

export function selectLayer(id: number): Descriptor {
  return { _obj: "select", _target: [{ _ref: "layer", _id: id }], makeVisible: false };
}

/**
 * Gives the active layer (or group) a mask, or changes the one it has. A layer without a mask shows all of itself:
 * subtracting hides the object, any other mode shows the object alone. A background becomes a usual layer first.
 */
export async function changeLayerMask(
  env: Environment,
  document: PsDocument,
  coverage: SoftMask,
  mode: SelectionMode,
  scope: ChangeScope,
): Promise<void> {
  const layer = await usualLayer(document, scope);
  const has = await hasMask(env, document, layer.id);
  if (!has || mode === "replace") {
    if (has) await scope.play({ _obj: "delete", _target: [MASK_CHANNEL] });
    await newMask(env, document, layer.id, coverage, mode === "subtract" ? "revealAll" : "hideAll", scope);
  } else {
    const result = combined(await presentMask(env, document, scope), coverage, mode, canvasOf(document));
    await scope.play({ _obj: "delete", _target: [MASK_CHANNEL] });
    await newMask(env, document, layer.id, result, "hideAll", scope);
  }
  await selectComposite(document, scope);
  await env.photoshop.core.redrawDocument?.({ documentID: document.id })?.catch(() => undefined);
}

/**
 * Makes the active layer's mask: all hidden (or all shown, and the mask takes away), then the object's own bounds. Whether
 * the surroundings stay as made is not documented, so the mask is read back, by way of the selection (which the caller
 * restores): unlike a mask's pixels it says what lies around them. Where they do not stay, the whole canvas is written.
 * @param check `first`: only until one mask has shown what this Photoshop does.
 */
export async function newMask(
  env: Environment,
  document: PsDocument,
  layerId: number,
  coverage: SoftMask,
  ground: Ground,
  scope: ChangeScope,
  check: "always" | "first" = "always",
): Promise<void> {
  await scope.play(makeMask(ground));
  scope.check();
  if (isBlank(coverage)) return;
  const put = (mask: SoftMask, replace: boolean) =>
    putLayerMask(env, document, layerId, ground === "hideAll" ? mask : inverted(mask), replace);
  const known = keepsAround.get(env);
  if (known !== false) {
    await put(coverage, false);
    if (known && check === "first") return;
    const kept = await isWritten(env, document, coverage, ground, scope);
    keepsAround.set(env, kept);
    if (kept) return;
  }
  await put(cut(coverage, canvasOf(document)), true);
  if (await isWritten(env, document, coverage, ground, scope)) return;
  throw new MasksmithError("runtime", "Photoshop did not take the mask as it was given; nothing was changed");
}

type Ground = "hideAll" | "revealAll";

/** Whether this Photoshop keeps what is around a mask that is put with `replace: false`, once known. */
const keepsAround = new WeakMap<Environment, boolean>();

async function isWritten(
  env: Environment,
  document: PsDocument,
  coverage: SoftMask,
  ground: Ground,
  scope: ChangeScope,
): Promise<boolean> {
  const found = await presentMask(env, document, scope);
  const canvas = canvasOf(document);
  return isSame(found, ground === "hideAll" ? coverage : inverted(cut(coverage, canvas)), TOLERANCE);
}

/** The active layer's mask as it is on the canvas, through the selection. */
async function presentMask(env: Environment, document: PsDocument, scope: ChangeScope): Promise<SoftMask> {
  await scope.play({ _obj: "set", _target: SELECTION, to: MASK_CHANNEL });
  return (await readSelection(env, document)) ?? NOTHING;
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
    throw new MasksmithError("state", "The Background takes no mask: double-click it to make it a layer first");
  }
  return converted;
}

const COMPOSITE: readonly (readonly [RegExp, string])[] = [
  [/rgb/i, "RGB"],
  [/cmyk/i, "CMYK"],
  [/lab/i, "lab"],
  [/gray/i, "gray"],
];

/** After `make` the mask is what the user would paint on; its layer is what they expect. Failing at that harms nothing. */
async function selectComposite(document: PsDocument, scope: ChangeScope): Promise<void> {
  const name = COMPOSITE.find(([mode]) => mode.test(document.mode))?.[1];
  if (!name) return;
  try {
    await scope.play({ _obj: "select", _target: [{ _ref: "channel", _enum: "channel", _value: name }] });
  } catch (error) {
    if (error instanceof MasksmithError && error.kind === "aborted") throw error;
  }
}
