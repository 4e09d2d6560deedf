import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { rleFromCounts, rleToCoco } from "@masksmith/core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesIn, fixture, run, temporaryFolder } from "./cli.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await makeFiles();
});
afterAll(() => folder.remove());

const POINT = ["--point", "300,190"];
const segment = (...args: string[]) => ["segment", "coffee.png", ...args];

/** What is asked for, the exit code, and what the one line must say. */
const cases: readonly (readonly [what: string, args: readonly string[], code: 1 | 2, line: RegExp])[] = [
  ["an unknown command", ["segmnt"], 2, /unknown command 'segmnt'/],
  ["an unknown option", segment(...POINT, "--foo"), 2, /unknown option '--foo'/],
  ["no picture", ["segment", ...POINT], 2, /missing.*image/],
  ["two pictures", segment("coffee.png", ...POINT), 2, /too many arguments/],
  ["an option without its value", segment("--point"), 2, /--point.*missing/],
  ["no prompt at all", segment(), 2, /--point, --box or --mask/],
  ["a background point alone", segment("--background", "3,4"), 2, /--point, --box or --mask.*only --background/],

  ["a point that is no number", segment("--point", "NaN,5"), 2, /--point must be X,Y, two finite numbers.*"NaN,5"/],
  ["an infinite point", segment("--point", "Infinity,5"), 2, /--point must be .*finite.*"Infinity,5"/],
  ["a point beyond numbers", segment("--point", "1e999,5"), 2, /--point must be .*finite.*"1e999,5"/],
  ["half a point", segment("--point", "3"), 2, /--point must be X,Y.*"3"/],
  ["a point with an empty part", segment("--point", "3,"), 2, /--point must be X,Y.*"3,"/],
  ["a point of three numbers", segment("--point", "3,4,5"), 2, /--point must be X,Y.*"3,4,5"/],
  ["a hexadecimal point", segment("--point", "0x10,5"), 2, /--point must be X,Y.*"0x10,5"/],
  [
    "a point right of the picture",
    segment("--point", "600,10"),
    2,
    /--point must be inside the picture of 600 x 400 pixels.*"600,10"/,
  ],
  [
    "a point below the picture",
    segment("--point", "10,400"),
    2,
    /--point must be inside the picture of 600 x 400 pixels.*"10,400"/,
  ],
  ["a negative point", segment("--point", "-3,5"), 2, /--point must be inside.*"-3,5"/],
  ["a negative point after =", segment("--point=-3,5"), 2, /--point must be inside.*"-3,5"/],
  ["a background point outside", segment(...POINT, "--background", "1,999"), 2, /--background must be inside.*"1,999"/],

  ["a box that is no number", segment("--box", "1,2,NaN,4"), 2, /--box must be X0,Y0,X1,Y1.*"1,2,NaN,4"/],
  ["a box of three numbers", segment("--box", "1,2,3"), 2, /--box must be X0,Y0,X1,Y1.*"1,2,3"/],
  ["an empty box", segment("--box", "10,10,10,50"), 2, /--box must be .*X0 < X1.*"10,10,10,50"/],
  ["a box inside out", segment("--box", "50,10,10,50"), 2, /--box must be .*X0 < X1.*"50,10,10,50"/],
  [
    "a box outside",
    segment("--box", "600,0,800,50"),
    2,
    /--box must be at least partly inside.*600 x 400.*"600,0,800,50"/,
  ],
  ["a negative box outside", segment("--box", "-9,-9,-1,-1"), 2, /--box must be at least partly inside.*"-9,-9,-1,-1"/],
  [
    "two boxes and a point",
    segment("--box", "1,2,3,4", "--box", "5,6,7,8", ...POINT),
    2,
    /--box must be given once where --point is given.*2 boxes/,
  ],
  [
    "two boxes and a mask",
    segment("--box", "1,2,3,4", "--box", "5,6,7,8", "--mask", "half.png"),
    2,
    /--box must be given once where --mask/,
  ],

  ["a missing picture", ["segment", "nowhere.png", ...POINT], 2, /image must be a file.*no such file.*"nowhere.png"/],
  ["a folder as picture", ["segment", "folder.png", ...POINT], 2, /image must be a file, not a folder.*"folder.png"/],
  ["an empty picture", ["segment", "empty.png", ...POINT], 2, /image must be a file that is not empty.*"empty.png"/],
  [
    "a text as picture",
    ["segment", "text.png", ...POINT],
    2,
    /image must be a readable JPEG, PNG, WebP or TIFF.*"text.png"/,
  ],
  ["a truncated JPEG", ["segment", "cut.jpg", ...POINT], 2, /image must be .*"cut.jpg"/],
  ["a truncated PNG", ["segment", "cut.png", ...POINT], 2, /image must be a whole picture.*truncated.*"cut.png"/],
  ["a truncated WebP", ["segment", "cut.webp", ...POINT], 2, /image must be .*"cut.webp"/],
  ["a truncated TIFF", ["segment", "cut.tif", ...POINT], 2, /image must be .*"cut.tif"/],
  [
    "a picture beyond memory",
    ["segment", "vast.png", ...POINT],
    1,
    /not enough memory: image vast.png of 60000 x 60000 pixels/,
  ],

  ["a missing mask", segment("--mask", "nowhere.png"), 2, /--mask must be a file.*"nowhere.png"/],
  [
    "a mask of another size",
    segment("--mask", "small.png"),
    2,
    /--mask must be of the picture's size, 600 x 400 pixels.*small.png of 60 x 40/,
  ],
  ["an empty mask", segment("--mask", "black.png"), 2, /--mask must be .*at least one pixel.*"black.png"/],
  ["a transparent mask", segment("--mask", "clear.png"), 2, /--mask must be .*at least one pixel.*"clear.png"/],
  [
    "a mask that is no JSON",
    segment("--mask", "broken.json"),
    2,
    /--mask must be JSON with one COCO RLE.*"broken.json"/,
  ],
  ["JSON that is no mask", segment("--mask", "list.json"), 2, /--mask must be JSON with one COCO RLE.*"list.json"/],
  [
    "an RLE of another size",
    segment("--mask", "small.json"),
    2,
    /--mask must be of the picture's size.*small.json of 60 x 40/,
  ],
  [
    "an RLE longer than its mask",
    segment("--mask", "hostile.json"),
    2,
    /--mask must be JSON with one COCO RLE.*counts.*"hostile.json"/,
  ],
  [
    "JSON with two masks",
    segment("--mask", "two.json"),
    2,
    /--mask must be JSON with one COCO RLE.*2 of them.*"two.json"/,
  ],

  ["an unknown model", segment(...POINT, "--model", "sam-xl"), 2, /model must be one of minisam-vit-t.*"sam-xl"/],
  ["an unknown encoder", segment(...POINT, "--encoder", "best"), 2, /--encoder must be one of .*precise.*"best"/],
  ["an unknown backend", segment(...POINT, "--backend", "cuda"), 2, /--backend.*'cuda'.*wasm, webgpu/],
  ["no threads", segment(...POINT, "--threads", "0"), 2, /--threads must be a whole number from 1 to \d+.*"0"/],
  ["half a thread", segment(...POINT, "--threads", "1.5"), 2, /--threads must be a whole number.*"1.5"/],

  [
    "an unknown format",
    segment(...POINT, "-o", "mask.bmp"),
    2,
    /--out must be .*\.png, \.json, \.psd, \.svg.*"mask.bmp"/,
  ],
  ["an output without extension", segment(...POINT, "-o", "mask"), 2, /--out must be .*\.png.*"mask"/],
  ["a cut-out that has no alpha", segment(...POINT, "--cutout", "out.jpg"), 2, /--cutout must be .*\.png.*"out.jpg"/],
  [
    "an output over the picture",
    segment(...POINT, "-o", "./coffee.png"),
    2,
    /--out must be another file than the picture itself/,
  ],
  [
    "a numbered output over the picture",
    ["segment", "c-2.png", "--box", "1,2,30,40", "--box", "5,6,70,80", "-o", "c.png"],
    2,
    /--out must be another file than the picture itself.*"c-2.png"/,
  ],
  [
    "an output over the mask",
    segment("--mask", "half.png", "-o", "half.png"),
    2,
    /--out must be another file than the --mask file/,
  ],
  [
    "one file for two outputs",
    segment(...POINT, "-o", "new/a.png", "--cutout", "new/../new/a.png"),
    2,
    /--cutout must be another file than that of --out/,
  ],
  [
    "a PSD beyond the format",
    ["segment", "long.png", "--point", "5,0", "-o", "long.psd"],
    2,
    /--out must be .*30001 x 1 .*30000.*"long.psd"/,
  ],
  ["an output that is a folder", segment(...POINT, "-o", "folder.png"), 1, /cannot write folder.png: it is a folder/],
  [
    "an output below a file",
    segment(...POINT, "-o", "text.png/out.png"),
    1,
    /cannot write text.png\/out.png: .* is not a folder/,
  ],
  [
    "a cut-out below a file",
    segment(...POINT, "-o", "fine.png", "--cutout", "text.png/out.png"),
    1,
    /cannot write text.png\/out.png/,
  ],

  ["an unknown model's info", ["models", "info", "sam-xl"], 2, /model must be one of minisam-vit-t.*"sam-xl"/],
  ["an unknown model to verify", ["models", "verify", "sam-xl"], 2, /model must be one of minisam-vit-t.*"sam-xl"/],
];

describe("bad input", () => {
  test.for(cases)("%s: one line, the right exit code, nothing written", async ([, args, code, line]) => {
    const before = await filesIn(folder.path);
    const result = await run(args, { cwd: folder.path });
    expect(result.stderr).toMatch(/^masksmith: [^\n]*\n$/);
    expect(result.stderr).toMatch(line);
    expect(result.code).toBe(code);
    expect(result.stdout).toBe("");
    expect(await filesIn(folder.path)).toEqual(before);
  });

  test("is told of before an output folder is made", async () => {
    await run(segment("--point", "999,999", "-o", "deep/er/mask.png"), { cwd: folder.path });
    expect(await filesIn(folder.path)).not.toContain("deep");
  });
});

async function makeFiles(): Promise<void> {
  const write = (name: string, bytes: string | Uint8Array) => writeFile(folder.file(name), bytes);
  const solid = (width: number, height: number, background: string) =>
    sharp({ create: { width, height, channels: 4, background } })
      .png()
      .toBuffer();
  await copyFile(fixture("coffee.png"), folder.file("coffee.png"));
  await copyFile(fixture("coffee.png"), folder.file("c-2.png"));
  await mkdir(folder.file("folder.png"));
  await write("empty.png", "");
  await write("text.png", "This is a text, whatever its name says.\n");
  await write("cut.png", half(await readFile(fixture("coffee.png"))));
  await write("cut.jpg", half(await readFile(fixture("rocket.jpg"))));
  await write("cut.webp", half(await sharp(fixture("coffee.png")).webp().toBuffer()));
  await write("cut.tif", half(await sharp(fixture("coffee.png")).tiff({ compression: "lzw" }).toBuffer()));
  await write("vast.png", withSize(await solid(1, 1, "#fff"), 60_000, 60_000));
  await write("long.png", await solid(30_001, 1, "#fff"));
  await write("small.png", await solid(60, 40, "#fff"));
  await write("black.png", await solid(600, 400, "#000"));
  await write("clear.png", await solid(600, 400, "#ffffff00"));
  await write(
    "half.png",
    await sharp(await solid(600, 200, "#fff"))
      .extend({ bottom: 200, background: "#000" })
      .png()
      .toBuffer(),
  );
  await write("broken.json", "{ size: ");
  await write("list.json", "[1, 2, 3]");
  const rle = rleToCoco(rleFromCounts([40, 60], [0, 2400]));
  await write("small.json", JSON.stringify(rle));
  await write("hostile.json", JSON.stringify({ size: [400, 600], counts: [1, 4_000_000_000] }));
  await write("two.json", JSON.stringify({ masks: [{ segmentation: rle }, { segmentation: rle }] }));
}

function half(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length >> 1);
}

/** A PNG whose header claims another size. */
function withSize(png: Uint8Array, width: number, height: number): Uint8Array {
  const claimed = Buffer.from(png);
  claimed.writeUInt32BE(width, 16);
  claimed.writeUInt32BE(height, 20);
  claimed.writeUInt32BE(crc32(claimed.subarray(12, 29)), 29);
  return claimed;
}
