import { chmod, mkdir, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findPictures } from "../../../hosts/cli/src/dataEngine/pictures.js";
import { temporaryFolder } from "./cli.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

/** Runs without the rights that root has, who may read everything. */
async function asAnyone<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

test.skipIf(process.platform === "win32")(
  "a subfolder that cannot be read is told of, and the rest is worked on",
  async () => {
    await mkdir(folder.file("closed"));
    await mkdir(folder.file("open"));
    for (const name of ["closed/a.png", "open/b.png", "c.png"]) await writeFile(folder.file(name), "");
    await chmod(folder.path, 0o755);
    await chmod(folder.file("closed"), 0);
    const skipped: string[] = [];
    const found = await asAnyone(() => findPictures(folder.path, folder.file("out"), (line) => skipped.push(line)));
    await chmod(folder.file("closed"), 0o755);
    expect(found).toEqual(["c.png", "open/b.png"]);
    expect(skipped).toEqual([`skipped the folder ${folder.file("closed")}: permission denied`]);
  },
);
