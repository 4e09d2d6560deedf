/** A movement of at least this much is a notch of a wheel, CSS pixels: systems send 53 to 120 for one. */
const NOTCH = 50;
/** So many pixels of smaller movements, of touchpads and finer wheels, are a notch. */
const SUM = 120;
/** Smaller movements so far apart do not belong together, milliseconds. */
const APART_MS = 300;

/** Whole notches from a wheel's movements. */
export class Notches {
  #sum = 0;
  #last = Number.NEGATIVE_INFINITY;

  /**
   * @param delta movement, CSS pixels; down is positive.
   * @param time of the event, milliseconds.
   * @returns 1 for a notch up, -1 for a notch down, 0 for what is no whole notch yet.
   */
  take(delta: number, time: number): -1 | 0 | 1 {
    const goesOn = time - this.#last < APART_MS && delta > 0 === this.#sum > 0;
    this.#last = time;
    this.#sum = goesOn ? this.#sum + delta : delta;
    if (Math.abs(delta) < NOTCH && Math.abs(this.#sum) < SUM) return 0;
    this.#sum = 0;
    return delta > 0 ? -1 : 1;
  }
}
