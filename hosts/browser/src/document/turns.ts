import { throwIfAborted } from "@masksmith/core";

/** Work in small parts that tell how many pixels each took, so that others can have their turn in between. */
export type InTurns<T> = Generator<number, T, void>;

/** Pixels after which others have their turn: some milliseconds of compositing. */
const TURN = 2 ** 20;

/**
 * Does the work in turns with everything else on the thread, a cancel among it.
 * @param onPixels hears how many pixels are done in all.
 * @throws MasksmithError `aborted`, and what the work throws.
 */
export async function inTurns<T>(
  work: InTurns<T>,
  signal: AbortSignal | undefined,
  onPixels: (pixels: number) => void = () => undefined,
): Promise<T> {
  let pixels = 0;
  let heard = 0;
  for (let part = work.next(); ; part = work.next()) {
    if (part.done) return part.value;
    pixels += part.value;
    if (pixels - heard < TURN) continue;
    heard = pixels;
    onPixels(pixels);
    await pause();
    throwIfAborted(signal);
  }
}

/** Does the work in one go. */
export function atOnce<T>(work: InTurns<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Lets other tasks have their turn. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
