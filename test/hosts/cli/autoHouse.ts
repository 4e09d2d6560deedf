import type { ObjectMask } from "@masksmith/core";
import type { Picture } from "../../../hosts/cli/src/io/readImage.js";
import { objectOf, rectangle } from "../../support/objects.js";

export const WIDTH = 61;
export const HEIGHT = 47;
const SIZE = [WIDTH, HEIGHT] as const;

/** A house with a door that has a knob, a window, a tree beside it, and a ring with a hole that touches two borders. */
export const masks: readonly ObjectMask[] = [
  rectangle(3, SIZE, [10, 20, 12, 20]),
  rectangle(1, SIZE, [5, 10, 30, 30]),
  rectangle(9, SIZE, [12, 30, 2, 2]),
  rectangle(4, SIZE, [25, 15, 6, 6]),
  objectOf(5, WIDTH, HEIGHT, (x, y) => Math.hypot(x - 52, y - 38) < 12 && Math.hypot(x - 52, y - 38) > 4),
];
export const NAMES = ["Object 1.1", "Object 1", "Object 1.1.1", "Object 1.2", "Object 2"];

export function picture(channels: 3 | 4 = 3): Picture {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * channels }, (_, i) => (i * 31 + (i >> 5)) % 256);
  return { path: "/photos/house.jpg", name: "house.jpg", raster: { width: WIDTH, height: HEIGHT, channels, data } };
}
