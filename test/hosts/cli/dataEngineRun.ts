import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type PictureRecord, readSa1b, writeSa1b } from "@masksmith/core";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach } from "vitest";
import {
  type DataEngineOptions,
  type DataEngineSummary,
  runDataEngine,
} from "../../../hosts/cli/src/dataEngine/index.js";
import { temporaryFolder } from "./cli.js";
import { fakeMasks } from "./dataEngineFake.js";

export let folder: Awaited<ReturnType<typeof temporaryFolder>>;

/** Of the test that runs: its folders, and the names of the pictures that the generator was asked for. */
export let input: string;
export let output: string;
export let generated: string[];

/** Gives each test of a file new folders. */
export function newFolders(): void {
  let count = 0;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder.remove());
  beforeEach(async () => {
    count++;
    input = folder.file(`pictures-${count}`);
    output = folder.file(`records-${count}`);
    generated = [];
    await mkdir(input);
  });
}

export async function picture(name: string, shade = 100): Promise<void> {
  const path = join(input, name);
  await mkdir(dirname(path), { recursive: true });
  const image = sharp({ create: { width: 24, height: 18, channels: 3, background: { r: shade, g: 20, b: 30 } } });
  const format = name.toLowerCase().endsWith("png") ? "png" : "jpeg";
  await writeFile(path, await image.toFormat(format).toBuffer());
}

export function run(changes: Partial<DataEngineOptions> = {}): Promise<DataEngineSummary> {
  return runDataEngine({
    input,
    output,
    settings: { model: "fake" },
    generate: async (one) => {
      generated.push(one.name);
      return fakeMasks(one);
    },
    ...changes,
  });
}

export const recordOf = async (name: string) => readSa1b(await readFile(join(output, name), "utf8"));

/** A person's edit of a record. */
export async function edit(name: string, change: (record: PictureRecord) => PictureRecord): Promise<void> {
  await writeFile(join(output, name), writeSa1b(change(await recordOf(name))));
}
