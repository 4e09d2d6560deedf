/** How patient the bridge is; tests are less so. */
export interface Timings {
  /** A part is sent again after this long without an acknowledgement; the wait doubles each time. */
  readonly ackMs: number;
  readonly attempts: number;
  /** Parts under way at a time. */
  readonly window: number;
  /** Between two hellos, and between two signs of life. */
  readonly helloMs: number;
  readonly aliveMs: number;
  /** Silence after which the other side counts as gone. */
  readonly silentMs: number;
  /** How long a cancelled call is still waited for. */
  readonly cancelMs: number;
}

export const TIMINGS: Timings = {
  ackMs: 2_000,
  attempts: 6,
  window: 4,
  helloMs: 250,
  aliveMs: 5_000,
  silentMs: 40_000,
  cancelMs: 10_000,
};
