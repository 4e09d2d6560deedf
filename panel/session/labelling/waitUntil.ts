import { unlessAborted } from "@masksmith/core";

/** Something that tells of its changes. */
interface Watched {
  subscribe(listener: () => void): () => void;
}

/** Waits until something holds that only changes when one of the stores does; false if it does not hold after so long. */
export async function waitUntil(
  holds: () => boolean,
  stores: readonly Watched[],
  mostMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  let end = () => {};
  const held = new Promise<boolean>((resolve) => {
    const look = () => {
      if (holds()) resolve(true);
    };
    const late = setTimeout(() => resolve(false), mostMs);
    const stops = stores.map((store) => store.subscribe(look));
    end = () => {
      clearTimeout(late);
      for (const stop of stops) stop();
    };
    look();
  });
  return unlessAborted(held, signal).finally(end);
}
