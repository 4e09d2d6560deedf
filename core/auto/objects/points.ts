import type { ScoutedPoints } from "../scoutedPoints.js";
import { sharedBits, sketchAreas } from "../sketch.js";

/** Sketches with a greater IoU are taken for the same mask: of near copies several are decoded, and the best one stays. */
const SAME_MASK = 0.9;

/**
 * The points worth decoding for a ranked list, best first: those whose scouted masks rank highest, each mask once.
 * @param most points at most.
 */
export function pointsOfObjects(scouted: ScoutedPoints, most: number): number[] {
  const words = scouted.sketches.length / Math.max(1, scouted.indices.length);
  const areas = sketchAreas(scouted.sketches, words);
  const same = (a: number, b: number) => {
    const [small, large] = [Math.min(areas[a], areas[b]), Math.max(areas[a], areas[b])];
    if (small <= SAME_MASK * large) return false;
    const shared = sharedBits(scouted.sketches, a * words, scouted.sketches, b * words, words);
    return shared > SAME_MASK * (small + large - shared);
  };
  const byWorth = Array.from(scouted.worth.keys()).sort((a, b) => scouted.worth[b] - scouted.worth[a] || a - b);
  const kept: number[] = [];
  const points = new Set<number>();
  for (const mask of byWorth) {
    if (points.size === most) break;
    if (kept.some((better) => same(better, mask))) continue;
    kept.push(mask);
    points.add(scouted.indices[mask]);
  }
  return [...points];
}
