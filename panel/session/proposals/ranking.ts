import { type ObjectMask, objectsShown } from "@masksmith/core";

/** The order of a ranked list. While masks still come, they come in another. */
export interface Ranking {
  /** Place by the mask's id, from 0. */
  readonly ranks: ReadonlyMap<string, number>;
  /** How many to show unless the user wants more or fewer. */
  readonly suggested: number;
}

const known = new WeakMap<readonly ObjectMask[], Ranking | null>();

/** null for masks that are not ranked: they have no scores. */
export function rankingOf(masks: readonly ObjectMask[]): Ranking | null {
  const before = known.get(masks);
  if (before !== undefined) return before;
  const ranking = rank(masks);
  known.set(masks, ranking);
  return ranking;
}

function rank(masks: readonly ObjectMask[]): Ranking | null {
  const scored = masks.flatMap(({ id, score }) => (score === undefined ? [] : [{ id, score }]));
  if (scored.length === 0) return null;
  scored.sort((a, b) => b.score - a.score);
  return { ranks: new Map(scored.map(({ id }, place) => [String(id), place])), suggested: objectsShown(scored) };
}
