import { link, writeFile } from "node:fs/promises";
import { afterAll, describe, expect, test } from "vitest";
import type { Picture } from "../../../hosts/cli/src/io/readImage.js";
import { checkOutputs } from "../../../hosts/cli/src/outputs.js";
import { countOf } from "../../../hosts/cli/src/values.js";
import { temporaryFolder } from "./cli.js";

const folder = await temporaryFolder();
afterAll(folder.remove);

const picture = (width = 4, height = 3): Picture => {
  return { path: folder.file("a.png"), name: "a.png", raster: { width, height, channels: 3, data: new Uint8Array(0) } };
};

describe("outputs of segment", () => {
  test("are no inputs, by whatever name, and no two are one file", async () => {
    await writeFile(folder.file("a.png"), "photo");
    await writeFile(folder.file("model.onnx"), "weights");
    await link(folder.file("a.png"), folder.file("hard.png"));
    for (const out of ["a.png", "A.PNG", "hard.png"]) {
      await expect(checkOutputs({ out: folder.file(out) }, picture(), 1), out).rejects.toThrow(
        "than the picture itself",
      );
    }
    const both = { out: folder.file("m.png"), cutout: folder.file("M.png") };
    await expect(checkOutputs(both, picture(), 1)).rejects.toThrow("--cutout must be another file than that of --out");
    const model = folder.file("manifest.json");
    await expect(checkOutputs({ out: model }, picture(), 1, [model])).rejects.toThrow("than a file of the model");
  });

  test("replace no record of masks unless they are forced to", async () => {
    const out = folder.file("record.json");
    await writeFile(out, '{"image":{},"annotations":[');
    await expect(checkOutputs({ out }, picture(), 1)).rejects.toThrow(
      "--out must be a new file, or one of the same kind",
    );
    await checkOutputs({ out, force: true }, picture(), 1);
    await writeFile(out, '{"image":{},"masks":[]}');
    await checkOutputs({ out }, picture(), 1);
  });

  test("are refused before the work where a PSD cannot hold them", async () => {
    const out = folder.file("many.psd");
    await expect(checkOutputs({ out }, picture(8000, 6000), 16)).rejects.toThrow(
      "--out must be a format for 16 masks of 8000 x 6000 pixels (.psd holds 2 GB at most)",
    );
    await checkOutputs({ out }, picture(8000, 6000), 4);
  });
});

test("threads are at most the processors that there are", () => {
  expect(countOf("--threads", 8)("8")).toBe(8);
  for (const text of ["0", "9", "100000"]) {
    expect(() => countOf("--threads", 8)(text)).toThrow(/--threads must be a whole number from 1 to 8/);
  }
});
