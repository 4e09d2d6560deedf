import { type Box, box, invalid, type Point, point } from "@masksmith/core";

/** A plain decimal number; what `Number` would also take ("", "0x10", "Infinity") is refused. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** @throws MasksmithError `input` unless `text` is `count` finite numbers joined by commas. */
function numbers(option: string, text: string, count: number, form: string): number[] {
  const parts = text.split(",").map((part) => part.trim());
  const values = parts.map(Number);
  const valid = parts.length === count && parts.every((part) => NUMBER.test(part)) && values.every(Number.isFinite);
  if (!valid) throw invalid(option, form, text);
  return values;
}

/** Collects the points of a repeated option, image pixels. */
export function pointsOf(
  option: string,
): (text: string, earlier?: readonly Point<"document">[]) => Point<"document">[] {
  return (text, earlier = []) => {
    const [x, y] = numbers(option, text, 2, "X,Y, two finite numbers in image pixels") as [number, number];
    return [...earlier, point("document", x, y)];
  };
}

/** Collects the boxes of a repeated option, image pixels. */
export function boxesOf(option: string): (text: string, earlier?: readonly Box<"document">[]) => Box<"document">[] {
  return (text, earlier = []) => {
    const form = "X0,Y0,X1,Y1, four finite numbers in image pixels with X0 < X1 and Y0 < Y1";
    const [x0, y0, x1, y1] = numbers(option, text, 4, form) as [number, number, number, number];
    if (x0 >= x1 || y0 >= y1) throw invalid(option, form, text);
    return [...earlier, box("document", x0, y0, x1, y1)];
  };
}

/** Parses a whole number from 1 to `most`. */
export function countOf(option: string, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = most < Number.MAX_SAFE_INTEGER ? `from 1 to ${most}, which are there` : "of at least 1";
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < 1 || value > most) throw invalid(option, `a whole number ${range}`, text);
    return value;
  };
}

/** Parses a number from `least` to `most`. */
export function numberOf(option: string, least: number, most = Number.POSITIVE_INFINITY): (text: string) => number {
  const range = most < Number.POSITIVE_INFINITY ? `a number from ${least} to ${most}` : `a number, ${least} or more`;
  return (text) => {
    const [value] = numbers(option, text, 1, range) as [number];
    if (value < least || value > most) throw invalid(option, range, text);
    return value;
  };
}
