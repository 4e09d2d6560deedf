/** What scouting found out: the masks that decoding the same points is likely to give. */
export interface ScoutedPoints {
  /** Index of the grid point, for each likely mask. */
  readonly indices: Uint32Array;
  /** Which of the point's candidates. */
  readonly candidates: Uint8Array;
  /** Probability that it will pass the filters; for a ranked list its score (`objectScore`). */
  readonly worth: Float32Array;
  /** Their sketches, [masks, words]. */
  readonly sketches: Uint32Array;
}
