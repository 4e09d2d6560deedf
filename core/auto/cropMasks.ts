import type { Rle } from "../types.js";
import type { Crop } from "./crops.js";
import type { FoundMask, PlacedMask } from "./found.js";
import type { AutoSettings } from "./options.js";
import { withoutCropDuplicates } from "./suppress.js";

/** A mask whose run lengths may have been given up. */
type LightMask = Omit<FoundMask, "mask"> & { mask?: Rle };

/**
 * The masks found in one crop. Most are duplicates, and on a large picture their run lengths would take hundreds of
 * megabytes: so a mask that a better one suppresses keeps its box and scores only. Should that better one be suppressed
 * itself later, by one that leaves the first alone, the first is decoded again: same point, same mask.
 */
export class CropMasks {
  readonly #crop: Crop;
  readonly #settings: AutoSettings;
  readonly #all: LightMask[] = [];

  constructor(crop: Crop, settings: AutoSettings) {
    this.#crop = crop;
    this.#settings = settings;
  }

  add(found: readonly FoundMask[]): void {
    for (const mask of found) this.#all.push({ ...mask });
    const kept = new Set(this.#kept());
    for (const light of this.#all) if (!kept.has(light)) delete light.mask;
  }

  /** What is left after suppression, best first; a mask that would have to be decoded again is left out. */
  known(): PlacedMask[] {
    return this.#kept().flatMap((light) => this.#placed(light) ?? []);
  }

  /** The final masks, best first. @param again decodes the masks of these ids. */
  async finish(again: (ids: readonly number[]) => Promise<readonly FoundMask[]>): Promise<PlacedMask[]> {
    const missing = this.#kept().filter(({ mask }) => !mask);
    if (missing.length > 0) {
      const decoded = new Map((await again(missing.map(({ id }) => id))).map((found) => [found.id, found.mask]));
      for (const light of missing) {
        const mask = decoded.get(light.id);
        if (mask) light.mask = mask;
      }
    }
    return this.known();
  }

  #kept(): LightMask[] {
    return withoutCropDuplicates(this.#all, this.#settings);
  }

  #placed(light: LightMask): PlacedMask | undefined {
    const { mask, ...rest } = light;
    return mask && { ...rest, mask, crop: this.#crop };
  }
}
