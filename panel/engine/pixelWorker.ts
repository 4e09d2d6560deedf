import {
  cleanUp,
  decontaminate,
  type Raster,
  type RgbRaster,
  refineEdges,
  softResult,
  toWireError,
} from "@masksmith/core";
import { expose, transfer } from "comlink";
import { holdLock } from "./holdLock.js";
import { PIXEL_WORKER, type PixelApi } from "./pixelProtocol.js";
import type { Outcome } from "./protocol.js";

export function isPixelWorker(): boolean {
  return self.name.startsWith(PIXEL_WORKER);
}

/** Serves the page, all its life. */
export function servePixels(): void {
  expose(api);
}

const api: PixelApi = {
  holdLock,

  async edges({ raster, mask, region, mode, cell }) {
    const answer = outcome(() => refineEdges(raster, mask, { region, mode, cell }));
    return answer.ok ? transfer(answer, [answer.value.data.buffer]) : answer;
  },

  async finish(given, settings, document) {
    const answer = outcome(() => softResult(cleanUp(given, settings, document), document));
    return answer.ok ? transfer(answer, [answer.value.soft.data.buffer]) : answer;
  },

  async decontaminate(raster, soft) {
    const answer = outcome(() => withColours(raster, decontaminate(raster, { ...soft, x: 0, y: 0 })));
    return answer.ok ? transfer(answer, [answer.value.data.buffer as ArrayBuffer]) : answer;
  },
};

/** The colours in place of the raster's own; alpha stays. */
function withColours(raster: Raster, { data: colours }: RgbRaster): Raster {
  const { width, height, channels, data } = raster;
  if (channels !== 4) return { width, height, channels: 3, data: colours };
  for (let i = 0, from = 0; i < data.length; i += 4, from += 3) {
    data[i] = colours[from];
    data[i + 1] = colours[from + 1];
    data[i + 2] = colours[from + 2];
  }
  return raster;
}

function outcome<T>(work: () => T): Outcome<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    return { ok: false, error: toWireError(error) };
  }
}
