/** How patient the bridge is; tests are less so. */
export interface Timings {
  /** A part is sent again after this long without an acknowledgement; the wait doubles each time, up to 32 times this. */
  readonly ackMs: number;
  /** Parts under way at a time. */
  readonly window: number;
  /** Between two hellos, and between two signs of life. */
  readonly helloMs: number;
  readonly aliveMs: number;
  /** Silence after which the panel is said to have stopped responding. */
  readonly silentMs: number;
  /** Silence after which a call that only reads is given up: Photoshop may be busy for minutes and say nothing meanwhile. */
  readonly giveUpMs: number;
  /** How long the answer to a cancelled call that only reads is still waited for. */
  readonly cancelMs: number;
}

export const TIMINGS: Timings = {
  ackMs: 2_000,
  window: 4,
  helloMs: 250,
  aliveMs: 5_000,
  silentMs: 40_000,
  giveUpMs: 300_000,
  cancelMs: 10_000,
};
