import { invalid } from "../errors.js";
import type { CocoRle, Rle } from "../types.js";
import { RunWriter, validateMaskSize } from "./runs.js";

const FIRST_CHARACTER = 48;
const LAST_CHARACTER = FIRST_CHARACTER + 63;
/** Seven digits of five bits hold any difference of two 31-bit counts. */
const MAX_DIGITS = 7;

/**
 * COCO's compressed form, byte for byte as pycocotools `encode`: from the third on, counts are stored as difference to the
 * one two before, in five-bit digits, low first, sign-extended, as ASCII from "0" (cocoapi, common/maskApi.c `rleToString`).
 * @example
 * const mask = encodeRle(Uint8Array.of(0, 1, 1, 0, 1, 1), 3, 2); // rows of 3
 * console.log(rleToCoco(mask).size); // [2, 3]: height, width
 */
export function rleToCoco({ size, counts }: Rle): CocoRle {
  let text = "";
  const chunk: number[] = [];
  for (let i = 0; i < counts.length; i++) {
    let value = i > 2 ? counts[i] - counts[i - 2] : counts[i];
    for (let more = true; more; ) {
      const digit = value & 31;
      value >>= 5;
      more = value !== (digit & 16 ? -1 : 0);
      chunk.push(FIRST_CHARACTER + (more ? digit | 32 : digit));
    }
    if (chunk.length > 4096) text += String.fromCharCode(...chunk.splice(0));
  }
  return { size, counts: text + String.fromCharCode(...chunk) };
}

/**
 * Reads COCO's compressed form. The value may come from anywhere: shape, characters, every count and their sum are
 * checked, and nothing is allocated but what the string's own length allows. Zero counts inside are joined away.
 * @throws MasksmithError `input` that says what is wrong and where.
 * @example
 * const { size, counts } = rleToCoco(encodeRle(Uint8Array.of(0, 1, 1, 0, 1, 1), 3, 2));
 * console.log(rleArea(rleFromCoco({ size, counts }))); // 4
 */
export function rleFromCoco(coco: CocoRle): Rle {
  const { height, width } = checkedSize(coco);
  const text: unknown = coco.counts;
  if (typeof text !== "string") throw invalid("RLE counts", "a COCO string", text);
  const counts: number[] = [];
  const end = text.length;
  const collect = collector(height, width);
  for (let at = 0; at < end; ) {
    let value = 0;
    let place = 1;
    let digits = 0;
    for (let more = true; more; ) {
      const code = text.charCodeAt(at) - FIRST_CHARACTER;
      if (at >= end) throw invalid("RLE string", "complete", "an unfinished count at its end");
      if (!(code >= 0 && code <= LAST_CHARACTER - FIRST_CHARACTER))
        throw invalid(`RLE character ${at}`, 'between "0" and "o"', text[at]);
      if (++digits > MAX_DIGITS) throw invalid(`RLE count ${counts.length}`, `at most ${MAX_DIGITS} digits`, "more");
      at++;
      value += (code & 31) * place;
      place *= 32;
      more = (code & 32) !== 0;
      if (!more && code & 16) value -= place;
    }
    const i = counts.length;
    if (i > 2) value += counts[i - 2];
    collect.add(value, i);
    counts.push(value);
  }
  return collect.finish();
}

/**
 * Reads uncompressed run lengths (COCO's `counts` as an array, or an `Rle` that came from outside), with the same checks
 * as `rleFromCoco`.
 * @throws MasksmithError `input`.
 */
export function rleFromCounts(size: readonly [height: number, width: number], counts: ArrayLike<number>): Rle {
  const { height, width } = checkedSize({ size });
  const length: unknown = (counts as ArrayLike<number> | null | undefined)?.length;
  if (typeof counts !== "object" || !Number.isInteger(length)) throw invalid("RLE counts", "an array", counts);
  const collect = collector(height, width);
  for (let i = 0; i < counts.length; i++) collect.add(counts[i], i);
  return collect.finish();
}

/** Takes counts one by one, alternating background and foreground, and refuses the first that cannot be. */
function collector(height: number, width: number): { add(count: number, index: number): void; finish(): Rle } {
  const total = height * width;
  const runs = new RunWriter();
  let position = 0;
  return {
    add(count, index) {
      if (!Number.isInteger(count) || count < 0)
        throw invalid(`RLE count ${index}`, "a whole number, 0 or more", count);
      if (position + count > total)
        throw invalid("sum of RLE counts", `${total} (${width}x${height})`, `more at count ${index}`);
      if (index & 1) runs.add(position, position + count);
      position += count;
    },
    finish() {
      if (position !== total) throw invalid("sum of RLE counts", `${total} (${width}x${height})`, position);
      return runs.finish(height, width);
    },
  };
}

function checkedSize(rle: { readonly size: readonly [number, number] }): { height: number; width: number } {
  const size: unknown = (rle as { size?: unknown } | null | undefined)?.size;
  if (!Array.isArray(size) || size.length !== 2) throw invalid("RLE size", "[height, width]", size);
  const [height, width] = size as [number, number];
  validateMaskSize(height, width);
  return { height, width };
}
