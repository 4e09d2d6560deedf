import type { Candidate } from "@masksmith/core";

/** What the model was trained to give, by how many of them there are. */
const NAMES: readonly (readonly string[])[] = [
  [],
  ["Object"],
  ["Whole", "Part"],
  ["Whole", "Part", "Sub-part"],
  ["Whole", "Large part", "Part", "Sub-part"],
];

/** Candidates from the biggest to the smallest, with their names; `index` is the place in the answer. */
export function namedCandidates(candidates: readonly Candidate[]): { readonly index: number; readonly name: string }[] {
  const bySize = candidates.map((_, index) => index);
  bySize.sort((a, b) => candidates[b].area - candidates[a].area);
  const names = NAMES[Math.min(bySize.length, NAMES.length - 1)];
  return bySize.map((index, place) => ({ index, name: names[Math.min(place, names.length - 1)] }));
}
