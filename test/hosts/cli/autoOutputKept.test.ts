import { link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readSa1b, writeSa1b } from "@masksmith/core";
import { afterAll, describe, expect, test } from "vitest";
import { autoJson, checkAutoOutput, writeAuto } from "../../../hosts/cli/src/io/autoOutput.js";
import { masks, picture } from "./autoHouse.js";
import { filesIn, temporaryFolder } from "./cli.js";

const folder = await temporaryFolder();
afterAll(folder.remove);

describe("a record that a person worked on", () => {
  const confirm = async (path: string) => {
    const record = readSa1b(await readFile(path, "utf8"));
    const [first, ...rest] = record.masks;
    await writeFile(path, writeSa1b({ ...record, masks: [{ ...first, confirmed: true }, ...rest] }));
    return first;
  };

  test("keeps that person's masks in a file", async () => {
    const path = folder.file("worked.json");
    await writeAuto(path, picture(), masks);
    const first = await confirm(path);
    await writeAuto(path, picture(), masks.slice(2));
    const { masks: found } = readSa1b(await readFile(path, "utf8"));
    expect(found[0]).toEqual({ ...first, confirmed: true });
    expect(found).toHaveLength(1 + masks.length - 2);
  });

  test("keeps a folder from being used again", async () => {
    const path = `${folder.file("worked")}/`;
    await writeAuto(path, picture(), masks);
    await confirm(join(path, "record.json"));
    const message = "--out must be a folder without masks made or confirmed by hand";
    await expect(checkAutoOutput(path, picture())).rejects.toThrow(message);
    await expect(writeAuto(path, picture(), [])).rejects.toThrow(message);
    expect(await filesIn(path)).toHaveLength(masks.length + 1);
  });
});

describe("a damaged record", () => {
  const path = folder.file("damaged.json");
  const damage = async (change: (annotations: Record<string, unknown>[]) => void) => {
    const drawn = { ...masks[0], stage: "assisted-manual", confirmed: true };
    const record = JSON.parse(autoJson(picture(), masks));
    record.annotations[0] = { ...record.annotations[0], stage: drawn.stage, confirmed: true };
    change(record.annotations);
    await writeFile(path, JSON.stringify(record));
    return readFile(path, "utf8");
  };

  test("is not replaced, and refused before the work", async () => {
    const before = await damage((annotations) => {
      annotations[1].segmentation = "gone";
    });
    const message = /damaged.json is damaged and was left alone; .*--force/;
    await expect(checkAutoOutput(path, picture())).rejects.toThrow(message);
    await expect(writeAuto(path, picture(), masks)).rejects.toThrow(message);
    expect(await readFile(path, "utf8")).toBe(before);
  });

  test.each([
    ["another mask", (annotations: unknown[]) => void annotations.splice(1, 1, { id: 1, segmentation: 7 })],
    ["an id given twice", (annotations: unknown[]) => void annotations.push(annotations[1])],
    ["an annotation that is none", (annotations: unknown[]) => void annotations.unshift(null)],
  ])("that is replaced by force keeps what a person made: %s", async (_, change) => {
    await damage(change);
    await writeAuto(path, picture(), [], { force: true });
    const { masks: kept } = readSa1b(await readFile(path, "utf8"));
    expect(kept.map(({ mask, stage, confirmed }) => ({ mask, stage, confirmed }))).toEqual([
      { mask: masks[0].mask, stage: "assisted-manual", confirmed: true },
    ]);
  });

  test("in a folder is not replaced either", async () => {
    const inside = `${folder.file("damaged")}/`;
    await mkdir(inside);
    await writeFile(join(inside, "record.json"), '{"image":');
    await expect(checkAutoOutput(inside, picture())).rejects.toThrow("is damaged and was left alone");
    await expect(writeAuto(inside, picture(), masks)).rejects.toThrow("is damaged and was left alone");
    await writeAuto(inside, picture(), masks, { force: true });
    expect(readSa1b(await readFile(join(inside, "record.json"), "utf8")).masks).toHaveLength(masks.length);
  });
});

describe("the picture itself", () => {
  const message = "--out must be another file than the picture itself";
  const at = (path: string) => ({ ...picture(), path, name: "object-1.png" });

  test("is not overwritten by a mask of its own name in a folder", async () => {
    const own = folder.file("own");
    await mkdir(own);
    await writeFile(join(own, "object-1.png"), "photo");
    const shown = at(join(own, "object-1.png"));
    await expect(checkAutoOutput(`${own}/`, shown)).rejects.toThrow(message);
    await expect(writeAuto(own, shown, masks)).rejects.toThrow(message);
    expect(await filesIn(own)).toEqual(["object-1.png"]);
    expect(await readFile(shown.path, "utf8")).toBe("photo");
  });

  test.each(["symbolic", "hard"])("is not overwritten through a %s link in a folder", async (kind) => {
    const path = folder.file(`linked-${kind}`);
    await mkdir(path);
    const photo = folder.file(`photo-${kind}.png`);
    await writeFile(photo, "photo");
    await (kind === "hard" ? link : symlink)(photo, join(path, "object-1.2.png"));
    await expect(checkAutoOutput(path, at(photo))).rejects.toThrow(message);
    await expect(writeAuto(path, at(photo), masks)).rejects.toThrow(message);
    expect(await readFile(photo, "utf8")).toBe("photo");
  });

  test("is not overwritten by a name in other letters", async () => {
    await writeFile(folder.file("Photo.PNG"), "photo");
    await expect(checkAutoOutput(folder.file("photo.png"), at(folder.file("Photo.PNG")))).rejects.toThrow(message);
    await mkdir(folder.file("cased"));
    const shown = at(join(folder.file("cased"), "OBJECT-1.PNG"));
    await writeFile(shown.path, "photo");
    await expect(checkAutoOutput(folder.file("cased"), shown)).rejects.toThrow(message);
  });

  test("is not removed with the masks of an earlier run", async () => {
    const path = `${folder.file("earlier")}/`;
    await writeAuto(path, picture(), masks);
    const shown = { ...picture(), path: join(path, "object-2.png") };
    await writeAuto(path, shown, masks.slice(0, 1));
    expect(await filesIn(path)).toContain("object-2.png");
  });
});

describe("checks before the work", () => {
  test("refuse unknown formats and pictures that a format cannot hold", async () => {
    await expect(checkAutoOutput(folder.file("a.gif"))).rejects.toThrow(
      "--out must be a file name that ends in .json, .png, .psd, or a folder",
    );
    const wide = { ...picture(), raster: { ...picture().raster, width: 30_001 } };
    await expect(checkAutoOutput(folder.file("a.psd"), wide)).rejects.toThrow(
      "--out must be a format for sides of 30001 pixels",
    );
    await expect(checkAutoOutput(folder.file("a.PNG"), wide)).resolves.toBeUndefined();
    await expect(checkAutoOutput(folder.file("new/"))).resolves.toBeUndefined();
    await writeFile(folder.file("photo.png"), "");
    const own = { ...picture(), path: folder.file("photo.png") };
    await symlink("photo.png", folder.file("link.png"));
    await expect(checkAutoOutput(folder.file("link.png"), own)).rejects.toThrow(
      "--out must be another file than the picture",
    );
    await writeFile(folder.file("file"), "");
    await expect(checkAutoOutput(folder.file("file/a.png"))).rejects.toThrow("cannot write");
  });
});
