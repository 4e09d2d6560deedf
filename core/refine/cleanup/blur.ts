/** Box blurs that make a Gaussian well enough (central limit; Wells 1986). */
const PASSES = 3;

/**
 * Gaussian blur of a plane by three box blurs of fractional width, in place; beyond the borders the plane is 0.
 * @param sigma standard deviation in pixels, above 0.
 */
export function blur(plane: Float32Array, width: number, height: number, sigma: number): void {
  // Three boxes of half-width r + 1/2 (with a fractional outermost weight) have the variance of the Gaussian.
  const radius = Math.sqrt((12 * sigma * sigma) / PASSES + 1) / 2 - 0.5;
  const line = new Float64Array(Math.max(width, height));
  for (let pass = 0; pass < PASSES; pass++) {
    for (let y = 0; y < height; y++) blurLine(plane, y * width, width, 1, radius, line);
    for (let x = 0; x < width; x++) blurLine(plane, x, height, width, radius, line);
  }
}

function blurLine(
  plane: Float32Array,
  from: number,
  length: number,
  step: number,
  radius: number,
  line: Float64Array,
): void {
  for (let k = 0, i = from; k < length; k++, i += step) line[k] = plane[i];
  const whole = Math.floor(radius);
  const part = radius - whole;
  const scale = 1 / (2 * radius + 1);
  const at = (k: number) => (k >= 0 && k < length ? line[k] : 0);
  let sum = 0;
  for (let k = 0; k < Math.min(whole, length); k++) sum += line[k];
  for (let k = 0, i = from; k < length; k++, i += step) {
    sum += at(k + whole);
    plane[i] = (sum + part * (at(k + whole + 1) + at(k - whole - 1))) * scale;
    sum -= at(k - whole);
  }
}
