/** Runs of PackBits (Macintosh Technical Note TN1023), as PSD compresses rows. */

/** Shorter runs cost as much as they save, more so between literal bytes. */
const SHORTEST_RUN = 3;

/** Decodes one row; `out` is filled, bytes beyond it are ignored. */
export function unpackRow(source: Uint8Array, out: Uint8Array): void {
  for (let i = 0, o = 0; i < source.length && o < out.length; ) {
    const header = source[i++];
    if (header === 128) continue;
    if (header > 128) {
      const end = Math.min(o + 257 - header, out.length);
      out.fill(source[i++], o, end);
      o = end;
    } else {
      const end = Math.min(o + header + 1, out.length);
      out.set(source.subarray(i, i + end - o), o);
      i += header + 1;
      o = end;
    }
  }
}

/** Encodes one row to `out` from `at` on and gives the end; a row of n bytes takes at most n + ceil(n / 128). */
export function packRow(row: Uint8Array, out: Uint8Array, at: number): number {
  const { length } = row;
  let o = at;
  for (let i = 0; i < length; ) {
    let run = 1;
    while (run < 128 && i + run < length && row[i + run] === row[i]) run++;
    if (run >= SHORTEST_RUN) {
      out[o++] = 257 - run;
      out[o++] = row[i];
      i += run;
      continue;
    }
    let end = i + 1;
    while (end < length && end - i < 128 && !isRun(row, end)) end++;
    out[o++] = end - i - 1;
    out.set(row.subarray(i, end), o);
    o += end - i;
    i = end;
  }
  return o;
}

function isRun(row: Uint8Array, at: number): boolean {
  return at + 2 < row.length && row[at] === row[at + 1] && row[at] === row[at + 2];
}
