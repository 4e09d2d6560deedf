import { copyFile, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readCoco, recordsToCoco, writeCoco } from "@masksmith/core";
import { describe, expect, test } from "vitest";
import { checkCocoFile, writeCocoFile } from "../../../hosts/cli/src/dataEngine/cocoFile.js";
import { folder, input, newFolders, output, picture, recordOf, run } from "./dataEngineRun.js";

newFolders();

describe("the COCO file of a run", () => {
  const gather = async (path: string, force = false) => {
    const all = { input, output, shard: { index: 1, count: 1 }, force };
    await checkCocoFile(path, all);
    await writeCocoFile(path, all);
  };

  test("says the same, written in parts, as one text of all records would", async () => {
    for (const [i, name] of ["a.png", "b.png", "sub/c.png"].entries()) await picture(name, i);
    await run();
    const path = folder.file("all.json");
    await gather(path);
    await gather(path);
    const names = ["a.png", "b.png", "sub/c.png"];
    const records = await Promise.all(
      names.map(async (name) => {
        const record = await recordOf(`${name}.json`);
        return { ...record, image: { ...record.image, fileName: name } };
      }),
    );
    expect(readCoco(await readFile(path, "utf8"))).toEqual(readCoco(writeCoco(recordsToCoco(records))));
  });

  test("replaces no record, list, picture or other file", async () => {
    await picture("a.png");
    await writeFile(join(input, "bad.png"), "");
    await run();
    await copyFile(join(output, "a.png.json"), join(output, "gone.png.json"));
    await symlink(join(output, "a.png.json"), join(output, "link.json"));
    for (const name of ["a.png.json", "A.PNG.JSON", "failed.json", "link.json"]) {
      await expect(gather(join(output, name)), name).rejects.toThrow("--coco must be another file than the ");
    }
    await expect(gather(join(output, "gone.png.json"))).rejects.toThrow(
      "--coco must be a new file, or one of the same",
    );
    await gather(join(output, "gone.png.json"), true);
  });
});
