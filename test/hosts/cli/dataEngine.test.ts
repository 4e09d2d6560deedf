import { chmod, copyFile, mkdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MasksmithError, type PictureRecord } from "@masksmith/core";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { DataEngineOptions } from "../../../hosts/cli/src/dataEngine/index.js";
import { settingsHash } from "../../../hosts/cli/src/dataEngine/provenance.js";
import { type Picture, readOptionsOf } from "../../../hosts/cli/src/io/readImage.js";
import { filesIn } from "./cli.js";
import { fakeMasks, rectangleMask } from "./dataEngineFake.js";
import { edit, folder, generated, input, newFolders, output, picture, recordOf, run } from "./dataEngineRun.js";

newFolders();

describe("a run over a folder", () => {
  test("writes one record a picture, in the same structure; equal stems do not meet", async () => {
    for (const name of ["a.jpg", "a.png", "sub/deep/a.JPG", "sub/b c.png"]) await picture(name);
    await writeFile(join(input, "notes.txt"), "no picture");
    await picture(".hidden/x.png");
    const summary = await run();
    expect(await filesIn(output)).toEqual(
      ["a.jpg.json", "a.png.json", "sub", "sub/b c.png.json", "sub/deep", "sub/deep/a.JPG.json"].sort(),
    );
    expect(summary).toMatchObject({ pictures: 4, written: 4, unchanged: 0, failed: [], kept: 0 });
    const record = await recordOf("sub/b c.png.json");
    expect(record.image).toMatchObject({ fileName: "b c.png", width: 24, height: 18 });
    expect(record.masks.every(({ stage }) => stage === "automatic")).toBe(true);
    expect(summary.masks).toBeGreaterThan(8);
  });

  test("does nothing a second time", async () => {
    for (const name of ["a.png", "b.png"]) await picture(name);
    await run();
    const before = await stat(join(output, "a.png.json"));
    let prepared = 0;
    const summary = await run({
      prepare: async () => {
        prepared++;
      },
    });
    expect(summary).toMatchObject({ pictures: 2, written: 0, unchanged: 2 });
    expect([generated.length, prepared]).toEqual([2, 0]);
    expect((await stat(join(output, "a.png.json"))).mtimeMs).toBe(before.mtimeMs);
  });

  test("makes a record anew if its picture, the generator's settings or the filter changed", async () => {
    await picture("a.png");
    await picture("b.png");
    await run();
    await picture("a.png", 101);
    expect(await run()).toMatchObject({ written: 1, unchanged: 1 });
    expect(await run({ settings: { model: "other" } })).toMatchObject({ written: 2 });
    expect(await run({ settings: { model: "other" }, filter: { minArea: 3 } })).toMatchObject({ written: 2 });
    expect(await run({ settings: { model: "other" }, filter: { minArea: 3 } })).toMatchObject({ unchanged: 2 });
  });

  test("filters", async () => {
    await picture("a.png");
    const masks = [
      rectangleMask(1, 24, 18, [0, 0, 24, 18]),
      rectangleMask(2, 24, 18, [1, 1, 9, 9], 0.95),
      rectangleMask(3, 24, 18, [1, 1, 9, 8], 0.9),
      rectangleMask(4, 24, 18, [15, 1, 5, 5], 0.5),
      rectangleMask(5, 24, 18, [15, 10, 1, 1]),
    ];
    const filter = { minPredictedIou: 0.88, minArea: 2, maxAreaShare: 0.95, duplicateIou: 0.85 };
    await run({ filter, generate: async () => masks });
    expect((await recordOf("a.png.json")).masks.map(({ id }) => id)).toEqual([2]);
  });

  test("tells how far it is", async () => {
    for (const name of ["a.png", "b.png"]) await picture(name);
    const seen: [number, number, number, string][] = [];
    await run({
      onProgress: ({ finished, total, failed, picture: name }) => seen.push([finished, total, failed, name]),
    });
    expect(seen).toEqual([
      [0, 2, 0, "a.png"],
      [1, 2, 0, "a.png"],
      [1, 2, 0, "b.png"],
      [2, 2, 0, "b.png"],
    ]);
  });

  test("takes pictures behind links to files, and no circle of folders", async () => {
    await picture("a.png");
    await symlink("a.png", join(input, "link.png"));
    await symlink(".", join(input, "loop"));
    expect((await run()).pictures).toBe(2);
  });

  test("does not take its own results for pictures when they lie among the pictures", async () => {
    await picture("a.png");
    const among = { output: join(input, "results") };
    await run(among);
    await picture("results/b.png");
    expect(await run(among)).toMatchObject({ pictures: 1, unchanged: 1 });
  });

  test("refuses a folder without pictures, or none, before anything is made", async () => {
    await expect(run()).rejects.toThrow("folder must be one with JPEG, PNG, WebP or TIFF pictures in it");
    await expect(run({ input: join(input, "missing") })).rejects.toThrow("folder must be one that can be read");
    await expect(run({ filter: { minStabilityScore: 95 } })).rejects.toThrow(
      "minStabilityScore must be between 0 and 1, got 95",
    );
    await expect(stat(output)).rejects.toThrow();
  });
});

describe("failures", () => {
  test("are listed with their reason, stop nothing, and are gone from the list when mended", async () => {
    for (const name of ["a.png", "sub/c.png"]) await picture(name);
    await writeFile(join(input, "b.png"), "this is no picture");
    await symlink("nowhere.png", join(input, "d.png"));
    const summary = await run();
    expect(summary).toMatchObject({ pictures: 4, written: 2 });
    const { failed } = JSON.parse(await readFile(join(output, "failed.json"), "utf8"));
    expect(failed).toEqual(summary.failed);
    expect(failed.map(({ file_name }: { file_name: string }) => file_name)).toEqual(["b.png", "d.png"]);
    expect(failed[0].error).toMatch(/^image must be a readable JPEG/);
    for (const name of ["b.png", "nowhere.png"]) await picture(name);
    expect(await run()).toMatchObject({ pictures: 5, written: 3, unchanged: 2, failed: [] });
    expect(await filesIn(output)).not.toContain("failed.json");
  });

  test("of the generator fail the picture, except a cancelled run", async () => {
    for (const name of ["a.png", "b.png", "c.png"]) await picture(name);
    const failing = (kind: "runtime" | "aborted"): DataEngineOptions["generate"] => {
      return async (one) => {
        if (one.name === "b.png") throw new MasksmithError(kind, "the backend\nwent away");
        return fakeMasks(one);
      };
    };
    const { written, failed } = await run({ generate: failing("runtime") });
    expect([written, failed]).toEqual([2, [{ file_name: "b.png", error: "the backend went away" }]]);
    await expect(run({ generate: failing("aborted") })).rejects.toThrow("went away");
    expect(await filesIn(output)).toEqual(["a.png.json", "c.png.json", "failed.json"]);
  });

  test("to load the generator end the run", async () => {
    await picture("a.png");
    const prepare = () => Promise.reject(new MasksmithError("model", "damaged"));
    await expect(run({ prepare })).rejects.toThrow("damaged");
    expect(generated).toEqual([]);
  });

  test("leave a damaged record alone: it may hold a person's work", async () => {
    for (const name of ["a.png", "b.png"]) await picture(name);
    await run();
    const whole = await readFile(join(output, "a.png.json"), "utf8");
    await writeFile(join(output, "a.png.json"), whole.slice(0, 200));
    const { failed } = await run();
    expect(failed).toHaveLength(1);
    expect(failed[0].error).toMatch(
      /a\.png\.json is damaged and was left alone; move it away to have it made again, .*must be JSON/,
    );
    expect(await readFile(join(output, "a.png.json"), "utf8")).toBe(whole.slice(0, 200));
    await rename(join(output, "a.png.json"), folder.file("away"));
    expect(await run()).toMatchObject({ written: 1, failed: [] });
    expect(await readFile(join(output, "a.png.json"), "utf8")).toBe(whole);
  });

  test.skipIf(process.getuid?.() === 0)("to write there are told before the work", async () => {
    await picture("a.png");
    await mkdir(output);
    await chmod(output, 0o500);
    await expect(run()).rejects.toThrow("cannot write");
    expect(generated).toEqual([]);
  });
});

describe("masks of people", () => {
  test("survive every later run", async () => {
    await picture("a.png");
    await run();
    const confirmed = (record: PictureRecord) => ({
      ...record,
      masks: record.masks.map((mask, i) => (i === 1 ? { ...mask, confirmed: true, extra: { by: "Ann" } } : mask)),
    });
    await edit("a.png.json", confirmed);
    const kept = (await recordOf("a.png.json")).masks[1];
    expect(await run()).toMatchObject({ unchanged: 1 });
    for (const model of ["second", "third"]) {
      await run({ settings: { model } });
      const { masks } = await recordOf("a.png.json");
      expect(masks.filter(({ confirmed: is }) => is)).toEqual([kept]);
      // The automatic mask that it was is not there a second time.
      expect(masks.filter(({ bbox }) => `${bbox}` === `${kept.bbox}`)).toEqual([kept]);
    }
  });

  test("that are drawn while the model works are in the record that is written", async () => {
    await picture("a.png");
    await run();
    const drawn = rectangleMask(77, 24, 18, [20, 1, 3, 16]);
    const summary = await run({
      settings: { model: "slow" },
      generate: async (one) => {
        const { id, mask, area, bbox } = drawn;
        const row = { id, mask, area, bbox, points: [], stage: "assisted-manual", confirmed: true, extra: {} } as const;
        await edit("a.png.json", (record) => ({ ...record, masks: [...record.masks, row] }));
        return fakeMasks(one);
      },
    });
    expect(summary.kept).toBe(1);
    expect((await recordOf("a.png.json")).masks[0]).toMatchObject({
      id: 77,
      stage: "assisted-manual",
      confirmed: true,
    });
  });

  test("are not lost to a picture of another size: it fails", async () => {
    await picture("a.png");
    await run();
    await edit("a.png.json", (record) => ({
      ...record,
      masks: record.masks.map((mask) => ({ ...mask, confirmed: true })),
    }));
    const before = await readFile(join(output, "a.png.json"), "utf8");
    await writeFile(join(input, "a.png"), await sharp(join(input, "a.png")).resize(30).png().toBuffer());
    const { failed } = await run();
    expect(failed[0].error).toMatch(/masks made or confirmed by hand would be lost/);
    expect(await readFile(join(output, "a.png.json"), "utf8")).toBe(before);
  });
});

describe("settings", () => {
  test("are the same whatever the order of their fields, and differ with any value", () => {
    expect(settingsHash({ a: 1, b: { c: [1, 2], d: null } })).toBe(settingsHash({ b: { d: null, c: [1, 2] }, a: 1 }));
    const hashes = [{ a: 1 }, { a: 2 }, { b: 1 }, { a: [1, 2] }, { a: [2, 1] }, { a: "1" }].map(settingsHash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test("of a copied record do not make another picture's", async () => {
    await picture("a.png", 1);
    await run();
    await picture("b.png", 2);
    await copyFile(join(output, "a.png.json"), join(output, "b.png.json"));
    expect(await run()).toMatchObject({ written: 1, unchanged: 1 });
  });
});

describe("colour profiles", () => {
  test("are ignored in every picture of a folder where that is asked for, and other records come of it", async () => {
    await picture("a.png");
    await writeFile(join(input, "a.png"), await sharp(join(input, "a.png")).withIccProfile("p3").png().toBuffer());
    const seen: number[][] = [];
    const generate = async (one: Picture) => {
      seen.push([...one.raster.data.subarray(0, 3)]);
      return fakeMasks(one);
    };
    await run({ generate });
    expect(await run({ generate, reading: readOptionsOf({ ignoreProfile: true }) })).toMatchObject({ written: 1 });
    const stored = await sharp(join(input, "a.png"), { ignoreIcc: true }).raw().toBuffer();
    expect(seen[1]).toEqual([...stored.subarray(0, 3)]);
    expect(seen[1]).not.toEqual(seen[0]);
    expect(await run({ generate, reading: readOptionsOf({}) })).toMatchObject({ written: 1 });
  });
});

describe("what lies where a run would write", () => {
  test("is not taken for its list of failures, and stays", async () => {
    await picture("a.png");
    await mkdir(output);
    await writeFile(join(output, "failed.json"), '{"mine": 1}');
    await expect(run()).rejects.toThrow("--out must be a new file, or one of the same kind");
    expect(await filesIn(output)).toEqual(["failed.json"]);
  });

  test("is not overwritten where a record is a link to a picture", async () => {
    await picture("a.png");
    await mkdir(output);
    await symlink(join(input, "a.png"), join(output, "a.png.json"));
    const before = await readFile(join(input, "a.png"));
    const { failed } = await run({ force: true });
    expect(failed[0].error).toContain("record must be another file than the picture a.png");
    expect(await readFile(join(input, "a.png"))).toEqual(before);
  });

  test("is replaced by force where it is a damaged record, but for a person's masks", async () => {
    await picture("a.png");
    await run();
    const [first] = (await recordOf("a.png.json")).masks;
    await edit("a.png.json", (record) => ({ ...record, masks: [{ ...first, confirmed: true }] }));
    const value = JSON.parse(await readFile(join(output, "a.png.json"), "utf8"));
    await writeFile(join(output, "a.png.json"), JSON.stringify({ ...value, image: "gone" }));
    expect((await run()).failed).toHaveLength(1);
    expect(await run({ force: true })).toMatchObject({ written: 1, kept: 1, failed: [] });
    expect((await recordOf("a.png.json")).masks[0].mask).toEqual(first.mask);
  });
});
