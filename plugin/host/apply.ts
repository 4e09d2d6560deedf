import { combineSoft, combineSoftInto, emptySoft, enclosingRect, MasksmithError, type SoftMask } from "@masksmith/core";
import type { Output } from "@masksmith/panel/host";
import type { WireApply } from "../bridge/index.js";
import { SELECTION, SELECTION_CLASS } from "./batchPlay.js";
import { type CheckedItem, checkItem, refuseOtherSize } from "./checkedItem.js";
import { activeLayer, MOST_CHANNELS, refusals } from "./describe.js";
import type { Environment } from "./environment.js";
import { makeGroup } from "./group.js";
import { changeLayerMask } from "./layerMask.js";
import { type ChangeScope, changeDocument } from "./modal.js";
import { layerFrom } from "./newLayer.js";
import type { PsDocument, PsLayer } from "./photoshop.js";
import { canvasOf, readSelection } from "./pixels.js";
import { writeSelection } from "./writeMask.js";

/** The least that Photoshop takes for paths from selections, in pixels: the path is to lie where the mask's edge lies. */
const PATH_TOLERANCE = 0.5;

const STEP_NAMES: Readonly<Record<Output["kind"], string>> = {
  selection: "Select object",
  "layer-mask": "Mask object",
  "new-layer": "Object to layer",
  "alpha-channel": "Object to alpha channel",
  path: "Object to path",
  group: "Objects to masked layers",
};

/** Outputs after which the composite looks as before. */
export function keepsPixels({ kind }: Output): boolean {
  return kind === "selection" || kind === "alpha-channel" || kind === "path";
}

/**
 * Puts objects into the document as one history step, or changes nothing.
 * @throws MasksmithError `state` in words for the user if the document cannot take them, `aborted`, or `runtime`.
 */
export async function applyItems(
  env: Environment,
  document: PsDocument,
  { size, output, items }: WireApply,
  signal: AbortSignal | undefined,
): Promise<void> {
  const refused = refusals(document)[output.kind];
  if (refused) throw new MasksmithError("state", refused);
  const canvas = canvasOf(document);
  const names = items.map(({ name }, i) => name.trim() || `Object ${i + 1}`);
  refuseOtherSize(size, canvas, names[0]);
  const objects = items.map((item, i) => checkItem(item, names[i], canvas, items.length === 1));
  refuseChannels(document, output, objects.length);
  await changeDocument(env, document, STEP_NAMES[output.kind], signal, async (scope) => {
    // While Photoshop was busy it may have been cropping this very document, or the user was selecting.
    refuseOtherSize(size, canvasOf(document), names[0]);
    const selection = output.kind === "selection" ? null : await readSelection(env, document);
    await applied(env, document, output, objects, scope);
    // Everything but the selection itself is made by way of it; it is the user's and comes back.
    if (output.kind !== "selection") await writeSelection(env, document, selection ?? emptySoft(), scope);
    // Some versions show only the old extent of a mask that was written.
    await env.photoshop.core.redrawDocument?.({ documentID: document.id })?.catch(() => undefined);
  });
}

function refuseChannels(document: PsDocument, { kind }: Output, count: number): void {
  const left = MOST_CHANNELS - document.channels.length;
  if (kind !== "alpha-channel" || count <= left) return;
  throw new MasksmithError(
    "state",
    `${count} channels are too many: a Photoshop document holds ${MOST_CHANNELS}, and ${left} are free`,
  );
}

async function applied(
  env: Environment,
  document: PsDocument,
  output: Output,
  items: readonly CheckedItem[],
  scope: ChangeScope,
): Promise<void> {
  switch (output.kind) {
    case "selection":
      return changeSelection(env, document, output.mode, items, scope);
    case "layer-mask":
      return changeLayerMask(env, document, unionOf(items), output.mode, scope);
    case "new-layer":
      return makeLayers(env, document, sourceLayer(document), items, scope);
    case "alpha-channel":
      return makeChannels(env, document, items, scope);
    case "path":
      return makePaths(env, document, items, scope);
    case "group":
      return makeGroup(env, document, sourceLayer(document), items, scope);
  }
}

function unionOf(items: readonly CheckedItem[]): SoftMask {
  if (items.length === 1) return items[0].coverage();
  const rect = items.map(({ bounds }) => bounds).reduce(enclosingRect);
  const union = { ...rect, data: new Uint8Array(rect.width * rect.height) };
  for (const { coverage } of items) combineSoftInto(union, coverage(), "add");
  return union;
}

function sourceLayer(document: PsDocument): PsLayer {
  const layer = activeLayer(document);
  if (layer) return layer;
  throw new MasksmithError("state", "Select one layer in the Layers panel first");
}

async function changeSelection(
  env: Environment,
  document: PsDocument,
  mode: "replace" | "add" | "subtract" | "intersect",
  items: readonly CheckedItem[],
  scope: ChangeScope,
): Promise<void> {
  const present = mode === "replace" ? null : await readSelection(env, document);
  const result = combineSoft(present ?? emptySoft(), unionOf(items), mode, canvasOf(document));
  await writeSelection(env, document, result, scope);
}

async function makeLayers(
  env: Environment,
  document: PsDocument,
  source: PsLayer,
  items: readonly CheckedItem[],
  scope: ChangeScope,
): Promise<void> {
  // From the last on: each new layer comes to lie right above the source.
  for (const item of [...items].reverse()) await layerFrom(env, document, source, item, scope);
}

async function makeChannels(
  env: Environment,
  document: PsDocument,
  items: readonly CheckedItem[],
  scope: ChangeScope,
): Promise<void> {
  const taken = new Set(Array.from(document.channels, ({ name }) => name));
  for (const { name, coverage } of items) {
    const free = freeName(name, taken);
    taken.add(free);
    await writeSelection(env, document, coverage(), scope);
    await scope.play({ _obj: "duplicate", _target: [SELECTION], name: free });
  }
}

async function makePaths(
  env: Environment,
  document: PsDocument,
  items: readonly CheckedItem[],
  scope: ChangeScope,
): Promise<void> {
  const taken = new Set(Array.from(document.pathItems ?? [], ({ name }) => name));
  const workPath = { _ref: "path", _property: "workPath" };
  for (const { name, coverage } of items) {
    const free = freeName(name, taken);
    taken.add(free);
    await writeSelection(env, document, coverage(), scope);
    const tolerance = { _unit: "pixelsUnit", _value: PATH_TOLERANCE };
    await scope.play(
      { _obj: "make", _target: [{ _ref: "path" }], from: SELECTION_CLASS, tolerance },
      { _obj: "make", _target: [{ _ref: "path" }], from: workPath, name: free },
    );
  }
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  let n = 2;
  while (taken.has(`${name} ${n}`)) n++;
  return `${name} ${n}`;
}
