import { join } from "node:path";
import {
  filterMasks,
  invalid,
  isProtected,
  type MaskFilter,
  MasksmithError,
  mergeAutomatic,
  type ObjectMask,
  type PictureRecord,
  recordOf,
  validateFilter,
} from "@masksmith/core";
import { checkWritable } from "../io/atomic.js";
import { Inputs } from "../io/inputs.js";
import { forcedFor, readOldRecord } from "../io/oldRecord.js";
import { type Picture, type ReadOptions, readImage } from "../io/readImage.js";
import { notice } from "../terminal.js";
import { type Failure, FailureList, failuresName } from "./failures.js";
import { findPictures } from "./pictures.js";
import type { BatchProgress } from "./progress.js";
import { fileHash, type Provenance, provenanceField, provenanceOf, settingsHash } from "./provenance.js";
import { recordPath, removeUnfinished, saveRecord } from "./records.js";
import { inShard, type Shard } from "./shard.js";

export interface DataEngineOptions {
  /** Folder of pictures, searched with its subfolders. */
  readonly input: string;
  /** Folder of records, same structure: sub/a.jpg has its record in sub/a.jpg.json. */
  readonly output: string;
  readonly shard?: Shard;
  readonly filter?: MaskFilter;
  /** All that `generate` depends on beside the picture, as JSON: model, options. A change makes all records anew. */
  readonly settings: unknown;
  /** How pictures are read: hashed with the settings. */
  readonly reading?: ReadOptions;
  /** Replaces records that are damaged; what a person made in them stays, as far as it is whole. */
  readonly force?: boolean;
  /** Finds a picture's objects. What it throws fails that picture only, unless its kind is `aborted`. */
  readonly generate: (picture: Picture) => Promise<readonly ObjectMask[]>;
  /** Called once before the first picture, if there is one to do. What it throws ends the run. */
  readonly prepare?: () => Promise<void>;
  readonly onProgress?: (progress: BatchProgress) => void;
  /** Hears, in a line, what is left out; by default standard error does. */
  readonly onSkipped?: (line: string) => void;
}

/** What a run did. Field names are those of `auto DIR --json`. */
export interface DataEngineSummary {
  /** Pictures of the shard. */
  readonly pictures: number;
  /** Records written. */
  readonly written: number;
  /** Pictures whose record was there already, from the same picture and settings. */
  readonly unchanged: number;
  readonly failed: readonly Failure[];
  /** Masks in the records written; of them, those kept because a person made or confirmed them. */
  readonly masks: number;
  readonly kept: number;
  readonly seconds: number;
}

/**
 * The data engine's automatic stage over a folder: each picture's objects, filtered, into its own SA-1B record.
 *
 * A picture is done when its record is there, whole, and made from the same bytes and settings; there is no other
 * journal. Records appear in one step, so a run that is killed at any moment loses the picture it was at and nothing else,
 * and the next one goes on there. A record with masks that a person made or confirmed is merged into, not replaced.
 * @throws MasksmithError `input` for a folder without pictures or a bad filter, `runtime` if nothing can be written there.
 */
export async function runDataEngine(options: DataEngineOptions): Promise<DataEngineSummary> {
  const { input, output, shard = { index: 1, count: 1 }, filter = {}, reading = {}, force = false } = options;
  validateFilter(filter);
  const started = performance.now();
  const all = await findPictures(input, output, options.onSkipped ?? notice);
  if (all.length === 0) throw invalid("folder", "one with JPEG, PNG, WebP or TIFF pictures in it", input);
  const failures = new FailureList(output, shard);
  const inputs = await inputsOf(input, all);
  await inputs.refuse("--out", [failures.path]);
  await checkWritable(failures.path);
  await failures.check(force);
  await removeUnfinished(output, (name) => inShard(name, shard) || name === failuresName(shard));

  const pictures = all.filter((picture) => inShard(picture, shard));
  // Without options of reading as it was before there were any: records of then are still done.
  const settings = { generator: options.settings, filter, ...(Object.keys(reading).length > 0 ? { reading } : {}) };
  const job = { ...options, filter, reading, force, inputs, readable: settings, settings: settingsHash(settings) };
  const tally = { written: 0, masks: 0, kept: 0 };
  const pending = await findPending(pictures, job, failures);
  if (pending.length > 0) await options.prepare?.();
  const begun = performance.now();
  const report = (picture: string, finished: number) => {
    const seconds = (performance.now() - begun) / 1000;
    options.onProgress?.({ total: pending.length, finished, failed: failures.entries.length, seconds, picture });
  };
  for (const [finished, picture] of pending.entries()) {
    report(picture, finished);
    await attempt(failures, picture, async () => {
      const { masks } = await makeRecord(picture, job);
      tally.written++;
      tally.masks += masks.length;
      tally.kept += masks.filter(isProtected).length;
    });
    report(picture, finished + 1);
  }
  await failures.finish();
  const unchanged = pictures.length - tally.written - failures.entries.length;
  const seconds = (performance.now() - started) / 1000;
  return { pictures: pictures.length, ...tally, unchanged, failed: failures.entries, seconds };
}

interface Job {
  readonly input: string;
  readonly output: string;
  readonly filter: MaskFilter;
  readonly reading: ReadOptions;
  readonly force: boolean;
  /** All pictures: no record is written over one. */
  readonly inputs: Inputs;
  /** Hash of the settings, and the settings themselves. */
  readonly settings: string;
  readonly readable: unknown;
  readonly generate: DataEngineOptions["generate"];
}

/** The pictures that are not done. A damaged record fails its picture here, before any work. */
async function findPending(pictures: readonly string[], job: Job, failures: FailureList): Promise<string[]> {
  const pending: string[] = [];
  for (const picture of pictures) {
    await attempt(failures, picture, async () => {
      const path = recordPath(job.output, picture);
      await job.inputs.refuse("record", [path]);
      const record = job.force ? await readOldRecord(path).catch(() => undefined) : await readOldRecord(path);
      if (!record || !(await isDone(record, picture, job))) pending.push(picture);
    });
  }
  return pending;
}

async function isDone(record: PictureRecord, picture: string, { input, settings }: Job): Promise<boolean> {
  const from = provenanceOf(record);
  return from.settings === settings && from.picture === (await fileHash(join(input, picture)));
}

async function makeRecord(name: string, job: Job): Promise<PictureRecord> {
  const file = join(job.input, name);
  // Before the pixels: a file that changes in between is then seen as changed, not as done.
  const provenance: Provenance = { picture: await fileHash(file), settings: job.settings };
  const path = recordPath(job.output, name);
  await checkWritable(path);
  const picture = await readImage(file, job.reading);
  const masks = filterMasks(await job.generate(picture), job.filter);
  const { width, height } = picture.raster;
  const fresh = recordOf({ fileName: picture.name, width, height }, masks, provenanceField(provenance, job.readable));
  // Read again: a person may have worked on it while the model did.
  const old = await readOldRecord(path, forcedFor(picture, job));
  const record = old ? mergeAutomatic(old, fresh, duplicateOption(job.filter)) : fresh;
  await saveRecord(path, record);
  return record;
}

async function inputsOf(folder: string, pictures: readonly string[]): Promise<Inputs> {
  const inputs = new Inputs();
  for (const picture of pictures) await inputs.add(join(folder, picture), `the picture ${picture}`);
  return inputs;
}

function duplicateOption({ duplicateIou }: MaskFilter): { duplicateIou?: number } {
  return duplicateIou === undefined ? {} : { duplicateIou };
}

/** Does one picture's work; lists it if it fails. */
async function attempt(failures: FailureList, picture: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof MasksmithError && error.kind === "aborted") throw error;
    await failures.add(picture, error);
  }
}
