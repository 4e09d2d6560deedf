import { extname } from "node:path";
import { invalid, type PictureRecord, recordsToCoco, writeCoco } from "@masksmith/core";
import { checkWritable, writeAll } from "../io/atomic.js";
import { findPictures } from "./pictures.js";
import { readRecord, recordPath } from "./records.js";
import { inShard, type Shard } from "./shard.js";

/** Checks before the work. @throws MasksmithError `input` for another extension, `runtime` if it cannot be written. */
export async function checkCocoFile(path: string): Promise<void> {
  if (extname(path).toLowerCase() !== ".json") throw invalid("--coco", "a file name that ends in .json", path);
  await checkWritable(path);
}

/**
 * Gathers the records of a folder's pictures, as far as there are any, in one COCO instances file. Pictures are named by
 * their path in the folder.
 */
export async function writeCocoFile(path: string, input: string, output: string, shard: Shard): Promise<void> {
  const records: PictureRecord[] = [];
  for (const picture of await findPictures(input, output)) {
    if (!inShard(picture, shard)) continue;
    // A damaged record has already failed its picture.
    const record = await readRecord(recordPath(output, picture)).catch(() => undefined);
    if (record) records.push({ ...record, image: { ...record.image, fileName: picture } });
  }
  await writeAll([{ path, bytes: new TextEncoder().encode(writeCoco(recordsToCoco(records))) }]);
}
