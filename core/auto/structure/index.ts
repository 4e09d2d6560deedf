import type { ObjectMask } from "../../types.js";
import { coloursOf } from "./colours.js";
import { neighboursOf } from "./neighbours.js";
import type { Rgb } from "./oklab.js";
import { type ParentOptions, parentsOf } from "./parents.js";
import { type ObjectNode, treeOf, walkTree } from "./tree.js";

export { type LabelMap, type LabelOptions, labelMap, maskAt } from "./labels.js";
export type { Rgb } from "./oklab.js";
export { largestFirst } from "./order.js";
export { CONTAINMENT_THRESHOLD, type ParentOptions, parentsOf } from "./parents.js";
export { covered, uncovered } from "./rest.js";
export { type ObjectNode, treeOf, walkTree } from "./tree.js";
export { meanColours } from "./under.js";

/** What an editor needs to show a picture's objects. Arrays are by the masks' index. */
export interface Structure {
  /** Index of the smallest mask that contains this one, or -1. */
  readonly parents: Int32Array;
  /** Masks without a parent, largest first; each with its children. */
  readonly roots: readonly ObjectNode[];
  /** All indices in the tree's order: a mask before those in it, siblings largest first. */
  readonly order: Uint32Array;
  readonly names: readonly string[];
  readonly colours: readonly Rgb[];
}

/** What `structureOf` takes beside the masks. */
export interface StructureOptions extends ParentOptions {
  /** First word of names; default "Object". */
  readonly noun?: string;
  /** Mean sRGB colour of the picture under each mask, so that its colour differs from it. */
  readonly under?: readonly Rgb[];
}

/**
 * Tree, names and colours of masks on one canvas. Everything follows from the masks alone: finding them in another order
 * changes nothing but indices.
 * @throws MasksmithError `input` if an option is out of range or a mask has another size than the canvas.
 */
export function structureOf(
  masks: readonly ObjectMask[],
  canvas: { readonly width: number; readonly height: number },
  options: StructureOptions = {},
): Structure {
  const parents = parentsOf(masks, options);
  const roots = treeOf(masks, parents, options.noun);
  const order = new Uint32Array(masks.length);
  const names: string[] = new Array(masks.length);
  let place = 0;
  for (const { index, name } of walkTree(roots)) {
    order[place++] = index;
    names[index] = name;
  }
  const colours = coloursOf(order, neighboursOf(masks, canvas, parents), options.under);
  return { parents, roots, order, names, colours };
}
