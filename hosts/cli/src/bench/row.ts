/** One line of the benchmark: our time and the peer's, medians of alternating runs in one process. */
export interface BenchRow {
  readonly name: string;
  /** Milliseconds. */
  readonly ours_ms: number;
  /** What we are compared with, in words; empty where there is no peer. */
  readonly peer: string;
  readonly peer_ms: number | null;
  /** peer / ours: above 1 we are faster. */
  readonly ratio: number | null;
  readonly note: string;
}

/** A row from two series of times. */
export function compare(
  name: string,
  ours: readonly number[],
  peer: string,
  peers: readonly number[],
  note = "",
): BenchRow {
  const ours_ms = median(ours);
  const peer_ms = median(peers);
  return { name, ours_ms, peer, peer_ms, ratio: peer_ms / ours_ms, note };
}

/** A row without a peer. */
export function alone(name: string, ours: readonly number[], note = ""): BenchRow {
  return { name, ours_ms: median(ours), peer: "", peer_ms: null, ratio: null, note };
}

/**
 * Times several works in turn, A B A B ..., so that a drift of the machine's speed hits all alike. One uncounted round
 * first: kernels and arenas are set up by it.
 * @returns milliseconds, a series for each work.
 */
export async function alternate(
  rounds: number,
  ...works: readonly (() => Promise<unknown> | unknown)[]
): Promise<number[][]> {
  const series = works.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, work] of works.entries()) {
      const start = performance.now();
      await work();
      if (round >= 0) series[i].push(performance.now() - start);
    }
  }
  return series;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
