import { MasksmithError } from "../errors.js";
import { DUPLICATE_IOU, duplicatesAny } from "./filter.js";
import { isProtected, type PictureRecord } from "./record.js";

/** What `mergeAutomatic` takes beside the records. */
export interface MergeOptions {
  /** Mask IoU, 0..1, from which on a new mask is taken for one that a person made or confirmed. Default `DUPLICATE_IOU`. */
  readonly duplicateIou?: number;
}

/**
 * Puts a new automatic run into the record that is there. Masks that a person made or confirmed stay as they are, ids
 * included, and come first; other masks of the old record go; new ones follow unless they nearly duplicate one that
 * stays, with ids after the highest there. Unknown fields of the old record stay where the new one has none.
 * @throws MasksmithError `input` if there are masks to keep, but of a picture of another size.
 */
export function mergeAutomatic(old: PictureRecord, fresh: PictureRecord, options: MergeOptions = {}): PictureRecord {
  const kept = old.masks.filter(isProtected);
  if (kept.length > 0) checkSameCanvas(old, fresh);
  const threshold = options.duplicateIou ?? DUPLICATE_IOU;
  const added = fresh.masks.filter((mask) => !duplicatesAny(mask, kept, threshold));
  const firstId = kept.reduce((highest, { id }) => Math.max(highest, id), 0) + 1;
  const { imageId = old.image.imageId } = fresh.image;
  return {
    image: {
      ...fresh.image,
      ...(imageId === undefined ? {} : { imageId }),
      extra: { ...old.image.extra, ...fresh.image.extra },
    },
    masks: [...kept, ...(kept.length > 0 ? added.map((mask, i) => ({ ...mask, id: firstId + i })) : added)],
    extra: { ...old.extra, ...fresh.extra },
  };
}

function checkSameCanvas({ image: old, masks }: PictureRecord, { image }: PictureRecord): void {
  if (old.width === image.width && old.height === image.height) return;
  const kept = masks.filter(isProtected).length;
  const sizes = `the record's picture had ${old.width}x${old.height} pixels, now it has ${image.width}x${image.height}`;
  throw new MasksmithError("input", `${kept} masks made or confirmed by hand would be lost: ${sizes}`);
}
