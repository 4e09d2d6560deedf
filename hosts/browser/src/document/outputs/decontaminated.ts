import { MasksmithError, type Raster, type SoftMask } from "@masksmith/core";
import type { DocumentState } from "../model.js";
import { inTurns } from "../turns.js";
import { pixelsIn, sourceLayers } from "./cut.js";
import type { CheckedItem } from "./items.js";

/** Takes the background's share out of half covered pixels; the raster, which is handed over, has the bounds of `soft`. */
export type Decontaminate = (raster: Raster, soft: SoftMask, signal?: AbortSignal) => Promise<Raster>;

/**
 * The objects with pixels to cut them from that have the object's own colours under the mask's soft edges. A source that is
 * transparent within the bounds keeps its colours: it has been cut out already, and they are not mixed with what lies around.
 * @throws MasksmithError as `recolour`; `aborted`.
 */
export async function decontaminated(
  state: DocumentState,
  items: readonly CheckedItem[],
  recolour: Decontaminate,
  signal: AbortSignal | undefined,
  progress: (fraction: number) => void,
): Promise<CheckedItem[]> {
  const source = sourceLayers(state);
  const coloured: CheckedItem[] = [];
  for (const item of items) {
    const { x, y, width, height, data } = item.coverage;
    const soft = { x, y, width, height, data };
    const pixels = isSoft(soft) ? await inTurns(pixelsIn(source, soft), signal) : null;
    progress(coloured.length / items.length);
    if (!pixels || !isOpaque(pixels)) {
      coloured.push(item);
      continue;
    }
    const own = await recolour({ width, height, channels: 4, data: pixels }, soft, signal);
    coloured.push({ ...item, pixels: rgbaOf(own, width, height) });
  }
  return coloured;
}

function isSoft({ data }: SoftMask): boolean {
  return data.some((value) => value > 0 && value < 255);
}

function isOpaque(pixels: Uint8ClampedArray): boolean {
  for (let a = 3; a < pixels.length; a += 4) if (pixels[a] < 255) return false;
  return true;
}

function rgbaOf({ data, channels }: Raster, width: number, height: number): Uint8ClampedArray<ArrayBuffer> {
  const isWhole = channels === 4 && data.length === width * height * 4;
  if (isWhole && data instanceof Uint8ClampedArray) return data as Uint8ClampedArray<ArrayBuffer>;
  throw new MasksmithError("runtime", `Own colours of ${width}x${height} pixels came back as ${data.length} values`);
}
