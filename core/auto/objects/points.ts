import type { ScoutedPoints } from "../cropTask.js";
import { sharedBits, sketchAreas } from "../sketch.js";

/** Sketches with a greater IoU are taken for the same object. */
const SAME_OBJECT = 0.7;

/**
 * The points worth decoding for a ranked list, best first: those whose scouted masks rank highest, each object once.
 * @param most scouted objects that are decoded.
 */
export function pointsOfObjects(scouted: ScoutedPoints, most: number): number[] {
  const words = scouted.sketches.length / Math.max(1, scouted.indices.length);
  const areas = sketchAreas(scouted.sketches, words);
  const same = (a: number, b: number) => {
    const [small, large] = [Math.min(areas[a], areas[b]), Math.max(areas[a], areas[b])];
    if (small <= SAME_OBJECT * large) return false;
    const shared = sharedBits(scouted.sketches, a * words, scouted.sketches, b * words, words);
    return shared > SAME_OBJECT * (small + large - shared);
  };
  const byWorth = Array.from(scouted.worth.keys()).sort((a, b) => scouted.worth[b] - scouted.worth[a] || a - b);
  const kept: number[] = [];
  for (const mask of byWorth) {
    if (kept.length === most) break;
    if (!kept.some((better) => same(better, mask))) kept.push(mask);
  }
  return [...new Set(kept.map((mask) => scouted.indices[mask]))];
}
