import { annotationRow, imageRow } from "./coco.js";
import { recordsToCoco } from "./convert.js";
import type { PictureRecord } from "./record.js";

/** How every file begins that `streamCoco` writes, and hardly another: it tells them from files that people made. */
export const COCO_START = '{"categories":[{"id":1,"name":"object"}],"annotations":[';

/**
 * What `writeCoco(recordsToCoco(records))` says, as parts of a text that together may be longer than any string can be. One
 * record is in memory at a time; the images' own rows, which are short, come last.
 */
export async function* streamCoco(records: AsyncIterable<PictureRecord>): AsyncGenerator<string> {
  const images: string[] = [];
  let count = 0;
  yield COCO_START;
  for await (const record of records) {
    const one = recordsToCoco([record]);
    const imageId = images.length + 1;
    for (const annotation of one.annotations) {
      const row = JSON.stringify(annotationRow({ ...annotation, id: count + 1, imageId }));
      yield count === 0 ? row : `,${row}`;
      count++;
    }
    images.push(JSON.stringify(imageRow({ ...one.images[0], id: imageId })));
  }
  yield '],"images":[';
  for (const [i, row] of images.entries()) yield i === 0 ? row : `,${row}`;
  yield "]}\n";
}
