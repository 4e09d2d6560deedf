import { maskOutlines, outlinesToSvgPath } from "@masksmith/core";
import type { FoundMask, SegmentResult } from "../result.js";
import type { Output } from "./atomic.js";

/** Okabe and Ito's colours, told apart with any kind of colour vision ("Color Universal Design", 2008). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442"];

/** Outlines with holes along the pixels' edges, one path a mask, in the picture's pixels. */
export async function svgOutlines({ picture, masks }: SegmentResult, path: string): Promise<Output[]> {
  const { width, height } = picture.raster;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    ...masks.map((mask, i) => maskPath(mask, i)),
    "</svg>",
  ];
  return [{ path, bytes: new TextEncoder().encode(`${lines.join("\n")}\n`) }];
}

function maskPath({ prompt, candidate }: FoundMask, index: number): string {
  const outline = outlinesToSvgPath(maskOutlines(candidate.mask));
  const colour = COLOURS[index % COLOURS.length];
  return `<path id="mask-${index + 1}" data-prompt="${prompt}" fill="${colour}" fill-rule="evenodd" d="${outline}"/>`;
}
