import type { ObjectMask } from "../../types.js";
import type { Rgb } from "./oklab.js";

/** Pixels looked at for one mask, about. */
const SAMPLES = 4096;

/**
 * The mean colour of the picture under each mask, from about 4,096 pixels spread evenly over it; grey for an empty mask.
 * @param picture bytes, interleaved, 3 or 4 channels of which the first three are sRGB; of the masks' size.
 */
export function meanColours(
  masks: readonly ObjectMask[],
  picture: { readonly width: number; readonly channels: 3 | 4; readonly data: Uint8Array | Uint8ClampedArray },
): Rgb[] {
  return masks.map(({ mask: { size, counts }, area }) => {
    const sum = [0, 0, 0];
    const step = Math.max(1, Math.floor(area / SAMPLES));
    let seen = 0;
    let skip = 0;
    for (let i = 1, start = counts[0]; i < counts.length; start += counts[i] + (counts[i + 1] ?? 0), i += 2) {
      for (; skip < counts[i]; skip += step, seen++) {
        const column = Math.floor((start + skip) / size[0]);
        const at = ((start + skip - column * size[0]) * picture.width + column) * picture.channels;
        for (let channel = 0; channel < 3; channel++) sum[channel] += picture.data[at + channel];
      }
      skip -= counts[i];
    }
    return seen === 0 ? [128, 128, 128] : [sum[0] / seen, sum[1] / seen, sum[2] / seen];
  });
}
