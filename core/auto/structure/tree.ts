import type { ObjectMask } from "../../types.js";
import { largestFirst } from "./order.js";

/** One mask in the tree of a picture's objects. */
export interface ObjectNode {
  /** Index of the mask. */
  readonly index: number;
  /** "Object 2" for the second of the picture, "Object 2.1" for the first inside that. */
  readonly name: string;
  /** Masks that this one contains directly, largest first. */
  readonly children: readonly ObjectNode[];
}

/** The masks without a parent, largest first, with all below them. @param parents as `parentsOf` gives them. */
export function treeOf(masks: readonly ObjectMask[], parents: Int32Array, noun = "Object"): ObjectNode[] {
  const roots: number[] = [];
  const children: number[][] = masks.map(() => []);
  for (const index of largestFirst(masks)) (parents[index] < 0 ? roots : children[parents[index]]).push(index);
  const nodes = (indices: readonly number[], prefix: string): ObjectNode[] =>
    indices.map((index, i) => {
      const name = `${prefix}${i + 1}`;
      return { index, name, children: nodes(children[index], `${name}.`) };
    });
  return nodes(roots, `${noun} `);
}

/** All nodes, each before those below it. */
export function* walkTree(nodes: readonly ObjectNode[]): Generator<ObjectNode> {
  for (const node of nodes) {
    yield node;
    yield* walkTree(node.children);
  }
}
