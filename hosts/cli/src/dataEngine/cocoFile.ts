import { extname, join } from "node:path";
import { COCO_START, invalid, type PictureRecord, streamCoco } from "@masksmith/core";
import { checkWritable, writeAll } from "../io/atomic.js";
import { Inputs } from "../io/inputs.js";
import { readOldRecord } from "../io/oldRecord.js";
import { checkReplaceable } from "../io/replaceable.js";
import { FailureList } from "./failures.js";
import { findPictures } from "./pictures.js";
import { recordPath } from "./records.js";
import { inShard, type Shard } from "./shard.js";

/** The run whose records are gathered. */
export interface CocoRun {
  readonly input: string;
  readonly output: string;
  readonly shard: Shard;
  /** Replaces a file of another kind. */
  readonly force: boolean;
}

/**
 * Checks before the work.
 * @throws MasksmithError `input` for another extension, or the name of a picture, a record, or any file that is no COCO file of
 * this program's; `runtime` if it cannot be written.
 */
export async function checkCocoFile(path: string, { input, output, shard, force }: CocoRun): Promise<void> {
  if (extname(path).toLowerCase() !== ".json") throw invalid("--coco", "a file name that ends in .json", path);
  const inputs = await new Inputs().add(new FailureList(output, shard).path, "the list of failed pictures");
  for (const picture of await findPictures(input, output)) {
    await inputs.add(join(input, picture), `the picture ${picture}`);
    await inputs.add(recordPath(output, picture), `the record of ${picture}`);
  }
  await inputs.refuse("--coco", [path]);
  await checkWritable(path);
  await checkReplaceable("--coco", path, (text) => text.startsWith(COCO_START), force);
}

/**
 * Gathers the records of a folder's pictures, as far as there are any, in one COCO instances file, one record in memory at a
 * time. Pictures are named by their path in the folder.
 */
export async function writeCocoFile(path: string, run: CocoRun): Promise<void> {
  await writeAll([{ path, parts: streamCoco(recordsOf(run)) }]);
}

async function* recordsOf({ input, output, shard }: CocoRun): AsyncGenerator<PictureRecord> {
  for (const picture of await findPictures(input, output)) {
    if (!inShard(picture, shard)) continue;
    // A damaged record has already failed its picture.
    const record = await readOldRecord(recordPath(output, picture)).catch(() => undefined);
    if (record) yield { ...record, image: { ...record.image, fileName: picture } };
  }
}
