import { type ObjectMask, type Rle, rleArea, rleBox, rleUnion, type Structure } from "@masksmith/core";
import { mergedAway, objectColour, type PanelObject, type Proposals, type XY } from "../../state/index.js";

/** One row of the list of all objects. */
export interface Proposal {
  readonly id: string;
  readonly mask: Rle;
  readonly area: number;
  readonly bbox: readonly [number, number, number, number];
  readonly predictedIou: number;
  readonly stabilityScore: number;
  readonly points: readonly XY[];
  readonly name: string;
  readonly colour: string;
  /** Id of the smallest that contains it. */
  readonly parent: string | null;
  readonly depth: number;
  readonly merged: boolean;
}

/** What the list is made of: the masks that no merge has taken, and the merges. */
export interface Members {
  readonly ids: readonly string[];
  readonly masks: readonly ObjectMask[];
  /** How many of them are plain masks; the rest are merges. */
  readonly plain: number;
}

export function membersOf(masks: readonly ObjectMask[], proposals: Proposals): Members {
  const away = mergedAway(proposals);
  const plain = masks.filter(({ id }) => !away.has(String(id)));
  const byId = new Map(masks.map((mask) => [String(mask.id), mask]));
  const ids = plain.map(({ id }) => String(id));
  const all = [...plain];
  for (const { id, members } of proposals.merges) {
    const parts = members.flatMap((member) => byId.get(member) ?? []);
    if (parts.length === 0) continue;
    ids.push(id);
    all.push(unionOf(parts, parts.map(({ mask }) => mask).reduce(rleUnion), -ids.length));
  }
  return { ids, masks: all, plain: plain.length };
}

/** Rows in the tree's order; before the tree is known, the largest first, side by side. */
export function rowsOf(members: Members, structure: Structure | null, proposals: Proposals): Proposal[] {
  const { ids, masks, plain } = members;
  const order = structure ? [...structure.order] : masks.map((_, i) => i).sort((a, b) => masks[b].area - masks[a].area);
  const depths = new Map<number, number>();
  return order.map((index, place) => {
    const { mask, area, bbox, predictedIou, stabilityScore, point } = masks[index];
    const parent = structure ? structure.parents[index] : -1;
    const depth = parent < 0 ? 0 : (depths.get(parent) ?? 0) + 1;
    depths.set(index, depth);
    const id = ids[index];
    const name = proposals.names[id] ?? structure?.names[index] ?? `Object ${place + 1}`;
    const colour = structure ? hex(structure.colours[index]) : objectColour(index);
    const scores = { area, bbox, predictedIou, stabilityScore };
    return {
      id,
      mask,
      ...scores,
      points: [point],
      name,
      colour,
      parent: parent < 0 ? null : ids[parent],
      depth,
      merged: index >= plain,
    };
  });
}

/** Kept rows as objects; one whose parent is not kept goes to the nearest kept one around it. */
export function asObjects(
  rows: readonly Proposal[],
  kept: readonly Proposal[],
): readonly (PanelObject & { readonly parent: string | null })[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ids = new Set(kept.map(({ id }) => id));
  return kept.map((row) => {
    const { id, name, colour, mask, points, predictedIou } = row;
    let { parent } = row;
    while (parent !== null && !ids.has(parent)) parent = byId.get(parent)?.parent ?? null;
    const steps = [{ act: { kind: "given" as const, mask, points, predictedIou }, choice: null }];
    return { id, name, colour, visible: true, steps, stage: "automatic", seconds: 0, parent };
  });
}

function unionOf(parts: readonly ObjectMask[], mask: Rle, id: number): ObjectMask {
  const [first] = parts;
  return { ...first!, id, mask, area: rleArea(mask), bbox: rleBox(mask) };
}

function hex([r, g, b]: readonly [number, number, number]): string {
  return `#${((1 << 24) | (r << 16) | (g << 8) | b).toString(16).slice(1)}`;
}

export function contains([x, y, width, height]: Proposal["bbox"], at: XY): boolean {
  return at.x >= x && at.y >= y && at.x < x + width && at.y < y + height;
}

/** Whether the pixel under a point is foreground: walks the runs, no mask is made. */
export function covers({ size: [height], counts }: Rle, at: XY): boolean {
  const position = Math.floor(at.x) * height + Math.floor(at.y);
  for (let i = 0, end = 0; i < counts.length; i++) {
    end += counts[i];
    if (position < end) return i % 2 === 1;
  }
  return false;
}
