/**
 * Lets alpha fall only on the way from the object outwards: what is less than opaque inside the object, and what is left of it
 * far outside, stays only as far as a path of such values leads to the side it belongs to. Strands keep, specks and the
 * highlights of hard objects, whose colour is the background's, go. Grey-scale reconstruction from the pixels of known side
 * (Vincent, Morphological Grayscale Reconstruction, IEEE TIP 1993), once for the background, once for the object.
 * @param alpha [height, width], changed in place.
 * @param unknown 1 where alpha was to be found.
 */
export function connectSides(alpha: Float32Array, unknown: Uint8Array, width: number, height: number): void {
  const marker = new Float32Array(alpha.length);
  for (let i = 0; i < alpha.length; i++) {
    alpha[i] = 1 - alpha[i];
    marker[i] = unknown[i] ? 0 : alpha[i];
  }
  reconstruct(marker, alpha, width, height);
  for (let i = 0; i < alpha.length; i++) {
    alpha[i] = 1 - marker[i];
    marker[i] = unknown[i] ? 0 : alpha[i];
  }
  reconstruct(marker, alpha, width, height);
  alpha.set(marker);
}

/** Raises `marker` along 8-connected paths as far as `limit` allows: two scans, again while anything changes. */
function reconstruct(marker: Float32Array, limit: Float32Array, width: number, height: number): void {
  for (let changed = true; changed; ) {
    changed = scan(marker, limit, width, height, 1);
    changed = scan(marker, limit, width, height, -1) || changed;
  }
}

function scan(marker: Float32Array, limit: Float32Array, width: number, height: number, step: 1 | -1): boolean {
  let changed = false;
  const firstRow = step === 1 ? 0 : height - 1;
  const firstColumn = step === 1 ? 0 : width - 1;
  for (let n = 0, y = firstRow; n < height; n++, y += step) {
    for (let m = 0, i = y * width + firstColumn; m < width; m++, i += step) {
      const most = limit[i];
      let value = marker[i];
      if (value >= most) continue;
      if (m > 0) value = Math.max(value, marker[i - step]);
      if (n > 0) {
        const before = i - step * width;
        value = Math.max(value, marker[before]);
        if (m > 0) value = Math.max(value, marker[before - step]);
        if (m < width - 1) value = Math.max(value, marker[before + step]);
      }
      value = Math.min(value, most);
      if (value > marker[i]) {
        marker[i] = value;
        changed = true;
      }
    }
  }
  return changed;
}
