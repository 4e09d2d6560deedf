import {
  type Coverage,
  invalid,
  isEmptySoft,
  MasksmithError,
  type Rle,
  rleToSoft,
  type SoftMask,
  softBounds,
  trimSoft,
} from "@masksmith/core";
import type { ApplyItem } from "@masksmith/panel/host";
import { combiningInto, toCoverage } from "../coverage.js";
import type { DocumentState } from "../model.js";
import type { InTurns } from "../turns.js";

/** An object to apply, checked: its coverage cut to the document. */
export interface CheckedItem {
  readonly name: string;
  readonly coverage: Coverage;
  readonly parent: number | null;
  /** RGBA in the coverage's bounds to cut a new layer from, in place of the source's own. */
  readonly pixels?: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * Checks what comes over the seam, before anything is changed.
 * @throws MasksmithError `input` that names the item and what was expected.
 */
export function* checkItems(
  items: readonly ApplyItem[],
  { width, height }: DocumentState,
): InTurns<readonly CheckedItem[]> {
  if (!Array.isArray(items) || items.length === 0) throw invalid("items", "at least one object", items);
  const canvas = { x: 0, y: 0, width, height };
  const checked: CheckedItem[] = [];
  for (const [i, { name, mask, parent }] of items.entries()) {
    if (typeof name !== "string") throw invalid(`name of item ${i}`, "text", name);
    checkParent(items, i);
    const soft = isRle(mask) ? fromRle(mask, width, height, name) : checkSoft(mask, name);
    const coverage = trimSoft(toCoverage(soft), canvas);
    if (isEmptySoft(coverage)) throw new MasksmithError("input", `“${name}” has no pixels inside the document`);
    checked.push({ name: name.trim() || `Object ${i + 1}`, coverage, parent });
    yield coverage.data.length;
  }
  return checked;
}

/** All objects as one mask: the greatest coverage of each pixel. */
export function* union(items: readonly CheckedItem[]): InTurns<Coverage> {
  if (items.length === 1) return items[0].coverage;
  const bounds = softBounds(items.map(({ coverage }) => coverage));
  const data = new Uint8Array(bounds.width * bounds.height);
  for (const { coverage } of items) yield* combiningInto({ ...bounds, data }, coverage, "add");
  return { ...bounds, data, outside: 0 };
}

function isRle(mask: SoftMask | Rle): mask is Rle {
  return "counts" in mask;
}

function fromRle(mask: Rle, width: number, height: number, name: string): SoftMask {
  if (mask.size[0] !== height || mask.size[1] !== width) {
    throw invalid(`size of “${name}”`, `the document's ${width}x${height}`, `${mask.size[1]}x${mask.size[0]}`);
  }
  return rleToSoft(mask);
}

function checkSoft(mask: SoftMask, name: string): SoftMask {
  const { x, y, width, height, data } = mask;
  if (![x, y, width, height].every(Number.isInteger) || width < 0 || height < 0) {
    throw invalid(`bounds of “${name}”`, "whole pixels", [x, y, width, height]);
  }
  if (!(data instanceof Uint8Array) || data.length !== width * height) {
    throw invalid(`mask bytes of “${name}”`, `${width * height} long`, data?.length);
  }
  return mask;
}

/** @throws MasksmithError `input` if the parents of an item lead nowhere or in a circle. */
function checkParent(items: readonly ApplyItem[], item: number): void {
  let steps = 0;
  for (let at = items[item].parent; at !== null; at = items[at].parent) {
    if (!Number.isInteger(at) || !(at in items)) throw invalid(`parent of item ${item}`, "another item or null", at);
    if (++steps > items.length) throw invalid(`parents of item ${item}`, "a tree", "a circle");
  }
}
