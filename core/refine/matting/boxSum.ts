/**
 * Sums over the (2 radius + 1)^2 window around each pixel whose window lies in the source: running sums, so the cost does
 * not depend on the radius.
 * @param source [height, width] row-major.
 * @param target [height - 2 radius, width - 2 radius] row-major, written.
 * @param columns scratch of `width` numbers at least.
 */
export function boxSum(
  source: Float64Array,
  width: number,
  height: number,
  radius: number,
  target: Float64Array,
  columns: Float64Array,
): void {
  const span = 2 * radius;
  const across = width - span;
  columns.fill(0, 0, width);
  for (let i = 0; i < span * width; i += width) for (let x = 0; x < width; x++) columns[x] += source[i + x];
  for (let y = 0, row = span * width, out = 0; y < height - span; y++, row += width) {
    for (let x = 0; x < width; x++) columns[x] += source[row + x];
    let sum = 0;
    for (let x = 0; x < span; x++) sum += columns[x];
    for (let x = 0; x < across; x++) {
      sum += columns[x + span];
      target[out++] = sum;
      sum -= columns[x];
    }
    const leaving = row - span * width;
    for (let x = 0; x < width; x++) columns[x] -= source[leaving + x];
  }
}
