/** Samples as a document of some mode and depth stores them, and back. */
export type Bits = 8 | 16 | 32;
export type Samples = Uint8Array | Uint16Array | Float32Array;

interface Space {
  readonly name: string;
  readonly components: number;
  /** 8-bit sRGB to 0..1 of each component, and back. */
  from(r: number, g: number, b: number): readonly number[];
  toRgb(samples: readonly number[]): readonly [number, number, number];
}

const RGB: Space = {
  name: "RGB",
  components: 3,
  from: (r, g, b) => [r / 255, g / 255, b / 255],
  toRgb: ([r, g, b]) => [r * 255, g * 255, b * 255],
};

/** Rec. 601 luma. */
const GRAYSCALE: Space = {
  name: "Grayscale",
  components: 1,
  from: (r, g, b) => [(0.299 * r + 0.587 * g + 0.114 * b) / 255],
  toRgb: ([v]) => [v * 255, v * 255, v * 255],
};

/** Ink without a profile: black as far as all three share it. Stored as light, 1 for no ink, as Photoshop stores it. */
const CMYK: Space = {
  name: "CMYK",
  components: 4,
  from(r, g, b) {
    const k = Math.max(r, g, b) / 255;
    const part = (value: number) => (k === 0 ? 1 : value / 255 / k);
    return [part(r), part(g), part(b), k];
  },
  toRgb: ([c, m, y, k]) => [c * k * 255, m * k * 255, y * k * 255],
};

/** CIE 1976 L*a*b* of sRGB under its own white (IEC 61966-2-1). */
const LAB: Space = {
  name: "Lab",
  components: 3,
  from(r, g, b) {
    const [lr, lg, lb] = [linear(r / 255), linear(g / 255), linear(b / 255)];
    const x = f((0.4124 * lr + 0.3576 * lg + 0.1805 * lb) / 0.9505);
    const y = f(0.2126 * lr + 0.7152 * lg + 0.0722 * lb);
    const z = f((0.0193 * lr + 0.1192 * lg + 0.9505 * lb) / 1.089);
    return [(116 * y - 16) / 100, (500 * (x - y) + 128) / 255, (200 * (y - z) + 128) / 255];
  },
  toRgb([l, a, b]) {
    const y = (l * 100 + 16) / 116;
    const x = unf(y + (a * 255 - 128) / 500) * 0.9505;
    const z = unf(y - (b * 255 - 128) / 200) * 1.089;
    const ly = unf(y);
    return [
      gamma(3.2406 * x - 1.5372 * ly - 0.4986 * z) * 255,
      gamma(-0.9689 * x + 1.8758 * ly + 0.0415 * z) * 255,
      gamma(0.0557 * x - 0.204 * ly + 1.057 * z) * 255,
    ];
  },
};

const SPACES: Readonly<Record<string, Space>> = {
  RGBColorMode: RGB,
  CMYKColorMode: CMYK,
  labColorMode: LAB,
  grayscaleMode: GRAYSCALE,
};

/** What white is in pictures of 32 bits here. */
const HIGHLIGHT = 2.5;

interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** What is asked of the samples; nothing asked gives the document's own. */
export interface Wanted {
  readonly colorSpace?: unknown;
  readonly componentSize?: unknown;
  /** Without one a document of 32 bits gives linear light. */
  readonly colorProfile?: unknown;
}

/**
 * A picture as a document of a mode and depth holds it: each sample passes through the document's own, and comes in the
 * space and size that were asked for.
 */
export function storedAs({ width, height, data }: Rgba, mode: string, bits: Bits, opaque: boolean, wanted: Wanted) {
  const own = SPACES[mode] ?? RGB;
  const space = wanted.colorSpace === undefined ? own : wanted.colorSpace === "RGB" ? RGB : own;
  const size = wanted.componentSize === 8 || wanted.componentSize === 16 ? wanted.componentSize : bits;
  const components = space.components + (opaque ? 0 : 1);
  const out = arrayOf(size, width * height * components);
  // Light of 32 bits goes beyond white.
  const bright = bits === 32 && (own === RGB || own === GRAYSCALE) ? HIGHLIGHT : 1;
  const isLinear = size === 32 && wanted.colorProfile === undefined;
  for (let i = 0, o = 0; i < data.length; i += 4) {
    const held = own
      .from(data[i], data[i + 1], data[i + 2])
      .map((value) => quantised(value >= 1 ? bright : value, bits));
    const given = space === own ? held : space.from(...own.toRgb(held));
    for (const value of given) out[o++] = scaled(isLinear ? linear(value) : value, size);
    if (!opaque) out[o++] = scaled(data[i + 3] / 255, size);
  }
  return { width, height, components, componentSize: size, colorSpace: space.name, data: out };
}

/** 8-bit coverage as a channel of a document of some depth. */
export function channelOf(data: Uint8Array, bits: Bits): Samples {
  if (bits === 8) return data;
  const out = arrayOf(bits, data.length);
  for (let i = 0; i < data.length; i++) out[i] = scaled(data[i] / 255, bits);
  return out;
}

function arrayOf(bits: Bits, length: number): Samples {
  return bits === 8 ? new Uint8Array(length) : bits === 16 ? new Uint16Array(length) : new Float32Array(length);
}

/** Photoshop's 16 bits end at 32768. */
function scaled(value: number, bits: Bits): number {
  return bits === 32 ? value : Math.round(clamped(value) * (bits === 16 ? 32_768 : 255));
}

function quantised(value: number, bits: Bits): number {
  const most = bits === 16 ? 32_768 : 255;
  return bits === 32 ? Math.fround(value) : Math.round(clamped(value) * most) / most;
}

function clamped(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function gamma(value: number): number {
  return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
}

function f(t: number): number {
  return t > 216 / 24_389 ? Math.cbrt(t) : (24_389 / 27 / 116) * t + 16 / 116;
}

function unf(t: number): number {
  return t > 6 / 29 ? t ** 3 : (t - 16 / 116) / (24_389 / 27 / 116);
}
