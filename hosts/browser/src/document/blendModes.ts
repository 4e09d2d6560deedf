/** B(backdrop, source) of the separable blend modes, 0..255 to 0..255. */
export type Blend = (backdrop: number, source: number) => number;

/**
 * Blend modes by Photoshop's names, formulas of W3C Compositing and Blending Level 1, section 10, and for the linear and
 * subtracting ones of Adobe's PDF/Photoshop documentation. Absent: not shown as in Photoshop, but as `normal`.
 */
const BLENDS: Readonly<Record<string, Blend>> = {
  darken: (b, s) => Math.min(b, s),
  multiply: (b, s) => (b * s) / 255,
  "color burn": (b, s) => (b === 255 ? 255 : s === 0 ? 0 : 255 - Math.min(255, ((255 - b) * 255) / s)),
  "linear burn": (b, s) => Math.max(b + s - 255, 0),
  lighten: (b, s) => Math.max(b, s),
  screen: (b, s) => b + s - (b * s) / 255,
  "color dodge": (b, s) => (b === 0 ? 0 : s === 255 ? 255 : Math.min(255, (b * 255) / (255 - s))),
  "linear dodge": (b, s) => Math.min(b + s, 255),
  overlay: (b, s) => hardLight(s, b),
  "hard light": (b, s) => hardLight(b, s),
  "soft light": (b, s) => 255 * softLight(b / 255, s / 255),
  difference: (b, s) => Math.abs(b - s),
  exclusion: (b, s) => b + s - (2 * b * s) / 255,
  subtract: (b, s) => Math.max(b - s, 0),
};

/** The formula, or null for `normal` and for modes not known. */
export function blendOf(mode: string): Blend | null {
  return BLENDS[mode] ?? null;
}

/** Whether layers of this mode are shown as Photoshop shows them. */
export function isShown(mode: string): boolean {
  return mode === "normal" || mode === "pass through" || mode in BLENDS;
}

function hardLight(b: number, s: number): number {
  return s <= 127.5 ? (b * 2 * s) / 255 : b + (2 * s - 255) - (b * (2 * s - 255)) / 255;
}

function softLight(b: number, s: number): number {
  if (s <= 0.5) return b - (1 - 2 * s) * b * (1 - b);
  const d = b <= 0.25 ? ((16 * b - 12) * b + 4) * b : Math.sqrt(b);
  return b + (2 * s - 1) * (d - b);
}
