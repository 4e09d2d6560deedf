import { type ObjectMask, type Rle, rleArea, rleBox, rleUnion, type Structure } from "@masksmith/core";
import { mergedAway, objectColour, type PanelObject, type Proposals, type XY } from "../../state/index.js";
import { rankingOf } from "./ranking.js";

/** One row of the list of all objects. */
export interface Proposal {
  readonly id: string;
  readonly mask: Rle;
  readonly area: number;
  readonly bbox: readonly [number, number, number, number];
  readonly predictedIou: number;
  readonly stabilityScore: number;
  /** Place in the ranked list, from 0; null for a mask of no such list, and for a merge. */
  readonly rank: number | null;
  readonly points: readonly XY[];
  readonly name: string;
  readonly colour: string;
  /** Id of the smallest in the list that contains it. */
  readonly parent: string | null;
  readonly depth: number;
  readonly merged: boolean;
}

/** What the list is made of: the masks that no merge has taken, and the merges. */
export interface Members {
  readonly ids: readonly string[];
  readonly masks: readonly ObjectMask[];
  readonly ranks: readonly (number | null)[];
  /** How many of them are plain masks; the rest are merges. */
  readonly plain: number;
}

export function membersOf(masks: readonly ObjectMask[], proposals: Proposals): Members {
  const away = mergedAway(proposals);
  const plain = masks.filter(({ id }) => !away.has(String(id)));
  const byId = new Map(masks.map((mask) => [String(mask.id), mask]));
  const ids = plain.map(({ id }) => String(id));
  const ranking = rankingOf(masks);
  const ranks: (number | null)[] = ids.map((id) => ranking?.ranks.get(id) ?? null);
  const all = [...plain];
  for (const { id, members } of proposals.merges) {
    const parts = members.flatMap((member) => byId.get(member) ?? []);
    if (parts.length === 0) continue;
    ids.push(id);
    ranks.push(null);
    all.push(unionOf(parts, parts.map(({ mask }) => mask).reduce(rleUnion), -ids.length));
  }
  return { ids, masks: all, ranks, plain: plain.length };
}

/** Every mask as a row, in the tree's order; before the tree is known, the largest first, side by side. */
export function rowsOf(members: Members, structure: Structure | null, { names }: Proposals): Proposal[] {
  const { ids, masks, ranks, plain } = members;
  const order = structure ? [...structure.order] : masks.map((_, i) => i).sort((a, b) => masks[b].area - masks[a].area);
  const rows = order.map((index) => {
    const { mask, area, bbox, predictedIou, stabilityScore, point } = masks[index];
    const parent = structure ? structure.parents[index] : -1;
    return {
      id: ids[index],
      ...{ mask, area, bbox, predictedIou, stabilityScore, rank: ranks[index] },
      points: [point],
      colour: structure ? hex(structure.colours[index]) : objectColour(index),
      parent: parent < 0 ? null : ids[parent],
      merged: index >= plain,
    };
  });
  return numbered(rows, names);
}

/** Those rows that are in the list; one whose parent is not goes to the nearest one around it that is. */
export function listedRows(
  rows: readonly Proposal[],
  isListed: (row: Proposal) => boolean,
  { names }: Proposals,
): readonly Proposal[] {
  const listed = rows.filter(isListed);
  if (listed.length === rows.length) return rows;
  const near = nearestOf(rows, listed);
  return numbered(
    listed.map((row) => ({ ...row, parent: near(row) })),
    names,
  );
}

/** Says how deep each row lies, and its name: the user's own, else "Object 2.1" for the first inside the second. */
function numbered(rows: readonly Omit<Proposal, "name" | "depth">[], names: Proposals["names"]): Proposal[] {
  const known = new Map<string, { readonly number: string; readonly depth: number; children: number }>();
  const top = { number: "", depth: -1, children: 0 };
  return rows.map((row) => {
    const parent = (row.parent !== null && known.get(row.parent)) || top;
    const number = `${parent.number}${parent === top ? "" : "."}${++parent.children}`;
    const depth = parent.depth + 1;
    known.set(row.id, { number, depth, children: 0 });
    return { ...row, depth, name: names[row.id] ?? `Object ${number}` };
  });
}

/** Gives of a row the id of the smallest around it that is one of `among`. */
function nearestOf(rows: readonly Proposal[], among: readonly Proposal[]): (row: Proposal) => string | null {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ids = new Set(among.map(({ id }) => id));
  return ({ parent: own }) => {
    let parent = own;
    while (parent !== null && !ids.has(parent)) parent = byId.get(parent)?.parent ?? null;
    return parent;
  };
}

/** Kept rows as objects; one whose parent is not kept goes to the nearest kept one around it. */
export function asObjects(
  rows: readonly Proposal[],
  kept: readonly Proposal[],
): readonly (PanelObject & { readonly parent: string | null })[] {
  const near = nearestOf(rows, kept);
  return kept.map((row) => {
    const { id, name, colour, mask, points, predictedIou } = row;
    const steps = [{ act: { kind: "given" as const, mask, points, predictedIou }, choice: null }];
    return { id, name, colour, visible: true, steps, stage: "automatic", seconds: 0, parent: near(row) };
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
