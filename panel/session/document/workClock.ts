/** Pauses longer than this are not counted as work on a mask, seconds. */
const LONGEST_PAUSE = 60;

/** Counts the time that a person works on the open picture. All times are of `performance.now()`. */
export class WorkClock {
  /** Since when the picture has been worked on; null while it cannot be. */
  #pictureSince: number | null = null;
  #maskSince = 0;

  /** The picture can be worked on: time counts from now, if it does not yet. */
  start(now = performance.now()): void {
    if (this.#pictureSince !== null) return;
    this.#pictureSince = now;
    this.#maskSince = now;
  }

  /** Another picture is being opened. */
  stop(): void {
    this.#pictureSince = null;
  }

  /** Seconds spent on a mask since the last call, a long pause counted as `LONGEST_PAUSE`. */
  takeSeconds(now = performance.now()): number {
    if (this.#pictureSince === null) return 0;
    const seconds = Math.min((now - this.#maskSince) / 1000, LONGEST_PAUSE);
    this.#maskSince = now;
    return seconds;
  }

  /** Seconds spent on the picture since the last call, pauses and all. */
  takePictureSeconds(now = performance.now()): number {
    if (this.#pictureSince === null) return 0;
    const seconds = (now - this.#pictureSince) / 1000;
    this.#pictureSince = now;
    return seconds;
  }
}
