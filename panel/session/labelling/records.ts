import type { FileItem, FilePicture } from "../../outputs/index.js";

/** A picture with its masks, ready for a record. */
export interface MaskedPicture {
  readonly picture: FilePicture;
  readonly items: readonly FileItem[];
}

/** The record of a labelled picture. */
export interface LabelledPicture extends MaskedPicture {
  /** Time the picture took, seconds. */
  readonly seconds: number;
}

/** Names a picture among records: pictures of different folders may have one name. */
export function pictureKey({ picture: { name, width, height } }: Pick<MaskedPicture, "picture">): string {
  return `${name}|${width}x${height}`;
}
