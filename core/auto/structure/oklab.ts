/** OKLab: lightness 0..1 and two opponent axes (B. Ottosson, 2020, "A perceptual color space for image processing"). */
export type Oklab = readonly [lightness: number, a: number, b: number];
/** sRGB bytes. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** The most chroma the palette uses; beyond it colours glow and differ only on wide-gamut screens. */
const MAX_CHROMA = 0.19;

/** Euclidean distance in OKLab; about 0.02 is just noticeable. */
export function distance(a: Oklab, b: Oklab): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

export function oklabOf([red, green, blue]: Rgb): Oklab {
  const r = toLinear(red / 255);
  const g = toLinear(green / 255);
  const b = toLinear(blue / 255);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** The most colourful sRGB colour of that OKLCH lightness (0..1) and hue (degrees), chroma 0.19 at most. */
export function vividRgb(lightness: number, hue: number): Rgb {
  const a = Math.cos((hue * Math.PI) / 180);
  const b = Math.sin((hue * Math.PI) / 180);
  let inside = 0;
  let outside = MAX_CHROMA;
  if (inGamut(linearRgb([lightness, a * outside, b * outside]))) inside = outside;
  for (let step = 0; step < 12 && inside < outside; step++) {
    const chroma = (inside + outside) / 2;
    if (inGamut(linearRgb([lightness, a * chroma, b * chroma]))) inside = chroma;
    else outside = chroma;
  }
  const [red, green, blue] = linearRgb([lightness, a * inside, b * inside]);
  return [toByte(red), toByte(green), toByte(blue)];
}

function linearRgb([lightness, a, b]: Oklab): [number, number, number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function inGamut(rgb: readonly number[]): boolean {
  return rgb.every((value) => value >= -1e-4 && value <= 1 + 1e-4);
}

function toLinear(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

function toByte(linear: number): number {
  const value = Math.min(Math.max(linear, 0), 1);
  return Math.round(255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055));
}
