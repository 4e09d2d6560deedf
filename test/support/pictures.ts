import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Raster } from "@masksmith/core";
import sharp from "sharp";

/** Path of a file below test/fixtures. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/**
 * A fixture picture as an 8-bit raster. Its colour profile is left alone, since the reference outputs were made that way
 * (rocket.jpg carries Adobe RGB); the command line converts to sRGB.
 */
export async function readPicture(name: string): Promise<Raster> {
  const { data, info } = await sharp(fixture(name), { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels as 1 | 3 | 4, data: new Uint8Array(data) };
}

/** A fixture's JSON. */
export function readExpected<T>(name: string): T {
  return JSON.parse(readFileSync(fixture(`expected/${name}`), "utf8")) as T;
}
