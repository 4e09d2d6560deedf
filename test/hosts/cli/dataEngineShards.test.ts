import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DataEngineSummary, shardOf } from "../../../hosts/cli/src/dataEngine/index.js";
import { inShard } from "../../../hosts/cli/src/dataEngine/shard.js";
import { filesIn } from "./cli.js";
import { generated, input, newFolders, output, picture, run } from "./dataEngineRun.js";

newFolders();

describe("shards", () => {
  test("part any set of pictures: each is in exactly one, and stays there when others come", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (names, of) => {
        for (const path of names) {
          const members = Array.from({ length: of }, (_, i) => inShard(path, { index: i + 1, count: of }));
          expect(members.filter(Boolean)).toHaveLength(1);
          expect(inShard(path.normalize("NFD"), { index: members.indexOf(true) + 1, count: of })).toBe(true);
        }
      }),
    );
  });

  test("are of about one size", () => {
    const sizes = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++)
      sizes[[1, 2, 3, 4].findIndex((index) => inShard(`set/${i}.jpg`, { index, count: 4 }))]++;
    for (const size of sizes) expect(Math.abs(size - 1000)).toBeLessThan(150);
  });

  test("into one folder make the records of one run, whatever one of them left or failed at", async () => {
    for (let i = 0; i < 9; i++) await picture(`${i}.png`, i);
    await writeFile(join(input, "bad.png"), "");
    const summaries: DataEngineSummary[] = [];
    for (const index of [1, 2, 3]) summaries.push(await run({ shard: { index, count: 3 } }));
    expect(summaries.reduce((sum, { pictures }) => sum + pictures, 0)).toBe(10);
    expect(generated.sort()).toEqual(Array.from({ length: 9 }, (_, i) => `${i}.png`));
    const failing = summaries.findIndex(({ failed }) => failed.length > 0) + 1;
    const records = Array.from({ length: 9 }, (_, i) => `${i}.png.json`);
    expect(await filesIn(output)).toEqual([...records, `failed-${failing}-of-3.json`]);
  });

  test("clear away what a killed run of their own left, and not what another's is writing", async () => {
    for (let i = 0; i < 8; i++) await picture(`sub/${i}.png`, i);
    await mkdir(join(output, "sub"), { recursive: true });
    const left = Array.from({ length: 8 }, (_, i) => `.${i}.png.json.0123456789ab.tmp`);
    for (const name of left) await writeFile(join(output, "sub", name), "{");
    await writeFile(join(output, "sub", ".other.tmp"), "");
    await run({ shard: { index: 1, count: 2 } });
    const mine = Array.from({ length: 8 }, (_, i) => inShard(`sub/${i}.png`, { index: 1, count: 2 }));
    const files = await filesIn(join(output, "sub"));
    expect(left.map((name) => files.includes(name))).toEqual(mine.map((own) => !own));
    expect(files).toContain(".other.tmp");
  });

  test("are asked for as I/N", () => {
    expect(shardOf("--shard")("2/3")).toEqual({ index: 2, count: 3 });
    for (const text of ["0/3", "4/3", "1", "1/0", "a/b", "1/2/3", "-1/2", ""]) {
      expect(() => shardOf("--shard")(text)).toThrow("--shard must be I/N, two whole numbers with 1 <= I <= N");
    }
  });
});
