import { distance, type Oklab, oklabOf, type Rgb, vividRgb } from "./oklab.js";

/** Degrees between successive hues: no two of a run of them come near each other. */
const GOLDEN_ANGLE = 180 * (3 - Math.sqrt(5));
/** OKLCH lightnesses, in turn: none near black or white, where no hue shows. */
const LIGHTNESSES = [0.68, 0.52, 0.82] as const;
const PALETTE_SIZE = 48;
/** OKLab distance that a colour keeps from its neighbours and from the picture under it (CIEDE2000 of 20 and more). */
const APART = 0.18;

const PALETTE: readonly Rgb[] = Array.from({ length: PALETTE_SIZE }, (_, i) =>
  vividRgb(LIGHTNESSES[i % LIGHTNESSES.length], (30 + i * GOLDEN_ANGLE) % 360),
);
const PALETTE_LAB: readonly Oklab[] = PALETTE.map(oklabOf);

/**
 * A colour for each mask. All are vivid, so they show on grey; hues walk by the golden angle, lightness in three steps. In
 * `order`, each mask takes, of the colours far enough from its neighbours' and from the picture under it (`under`: sRGB
 * bytes, one a mask), the one used least so far, or the next of the walk; if none is far enough, the farthest.
 * The same masks get the same colours.
 */
export function coloursOf(
  order: Uint32Array,
  neighbours: readonly (readonly number[])[],
  under?: readonly Rgb[],
): Rgb[] {
  const chosen = new Int32Array(order.length).fill(-1);
  const uses = new Uint32Array(PALETTE_SIZE);
  for (const [place, mask] of order.entries()) {
    const near = neighbours[mask].filter((other) => chosen[other] >= 0).map((other) => PALETTE_LAB[chosen[other]]);
    const picture = under ? oklabOf(under[mask]) : undefined;
    let best = -1;
    let most = -1;
    for (let step = 0; step < PALETTE_SIZE; step++) {
      const candidate = (place + step) % PALETTE_SIZE;
      const room = Math.min(roomOf(PALETTE_LAB[candidate], near, picture), 1);
      if (room > most || (room === 1 && most === 1 && uses[candidate] < uses[best])) {
        most = room;
        best = candidate;
      }
    }
    chosen[mask] = best;
    uses[best]++;
  }
  return Array.from(chosen, (colour) => PALETTE[colour]);
}

/** 1 or more: far enough from all; below, the share of the distance that is there. */
function roomOf(colour: Oklab, near: readonly Oklab[], picture: Oklab | undefined): number {
  let room = picture ? distance(colour, picture) / APART : Number.POSITIVE_INFINITY;
  for (const other of near) room = Math.min(room, distance(colour, other) / APART);
  return room;
}
