/** Makes the README's pictures from real results: node docs/pictures.mjs (after npm ci). */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const root = fileURLToPath(new URL("..", import.meta.url));
const HEIGHT = 320;
const GAP = 10;
const CLICKS = [
  { picture: "coffee.png", x: 428, y: 211 },
  { picture: "astronaut.png", x: 302, y: 264 },
  { picture: "rocket.jpg", x: 318, y: 286 },
];

mkdirSync(`${root}out`, { recursive: true });
const tiles = [];
for (const { picture, x, y } of CLICKS) {
  const cutout = `${root}out/readme-${picture}.png`;
  const path = `${root}test/fixtures/${picture}`;
  const cli = [`${root}hosts/cli/bin/masksmith.mjs`, "segment", path, "--point", `${x},${y}`, "--cutout", cutout];
  execFileSync(process.execPath, cli, { stdio: "inherit" });
  const { height } = await sharp(path).metadata();
  const scale = HEIGHT / height;
  const dot = `<svg width="24" height="24"><circle cx="12" cy="12" r="8" fill="#1473e6" stroke="#fff" stroke-width="3"/></svg>`;
  const small = await sharp(path).resize({ height: HEIGHT }).png().toBuffer();
  const place = { left: Math.round(x * scale) - 12, top: Math.round(y * scale) - 12 };
  tiles.push(
    await sharp(small)
      .composite([{ input: Buffer.from(dot), ...place }])
      .png()
      .toBuffer(),
  );
  tiles.push(await sharp(cutout).flatten({ background: "#77839a" }).resize({ height: HEIGHT }).png().toBuffer());
}
const widths = await Promise.all(tiles.map(async (tile) => (await sharp(tile).metadata()).width));
const lefts = widths.map((_, i) => widths.slice(0, i).reduce((sum, width) => sum + width + GAP, 0));
const width = lefts.at(-1) + widths.at(-1);
await sharp({ create: { width, height: HEIGHT, channels: 3, background: "#fff" } })
  .composite(tiles.map((input, i) => ({ input, left: lefts[i], top: 0 })))
  .jpeg({ quality: 88 })
  .toFile(`${root}docs/click.jpg`);
