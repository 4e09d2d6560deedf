import {
  box,
  type Candidate,
  type Embedding,
  encodeRle,
  type ObjectMask,
  type PredictOptions,
  type Raster,
  rleArea,
  rleBox,
  rleToSoft,
  size,
  softToRle,
  structureOf,
} from "@masksmith/core";
import { ModelShelf, type PanelModel, PanelSession, type SessionWorkers } from "../../panel/session/index.js";
import { BridgeHost } from "../../plugin/webview/bridgeHost.js";
import { pause, type TestPage, until } from "./session.js";

type Canvas = { readonly width: number; readonly height: number };

/** A whole panel on a page, whose model answers with a disc in the middle of what it is shown. */
export async function startPanel(page: TestPage) {
  const host = new BridgeHost(page.end, async () => "replace");
  page.heard = (name, value) => host.heard(name, value);
  const model = { hold: false, encoded: 0, shown: null as Raster | null };
  const engine = {
    status: { phase: "ready", info: null, left: [], progress: null, error: null },
    onStatus: () => () => undefined,
    embed: async (raster: Raster, { document }: { document: Canvas }): Promise<Embedding> => {
      while (model.hold) await pause(5);
      model.shown = raster;
      const { width, height } = document;
      const placement = {
        document: size("document", width, height),
        region: box("document", 0, 0, width, height),
        image: size("image", width, height),
        content: size("model", 1024, 768),
        input: 1024,
      };
      return { id: `picture ${++model.encoded}`, model: "m", encoder: "e", placement };
    },
    predict: async ({ placement }: Embedding, _: unknown, options?: PredictOptions) => {
      const disc = discIn(placement.document.width, placement.document.height);
      const soft = options?.soft ? { soft: rleToSoft(disc.mask) } : {};
      return [{ candidates: [{ token: 0, ...disc, ...soft } as Candidate], recommended: 0 }];
    },
    generate: async (_: unknown, { document: { width, height } }: { document: Canvas }) => {
      const cropBox = [0, 0, width, height] as const;
      return [{ id: 0, point: { x: width / 2, y: height / 2 }, cropBox, ...discIn(width, height) } as ObjectMask];
    },
    structure: async (masks: readonly ObjectMask[], canvas: Canvas) => structureOf(masks, canvas),
    look: async () => undefined,
    pause: () => undefined,
    dispose: () => undefined,
  } as unknown as SessionWorkers["engine"];
  const pixels = {
    edges: async ({ mask }) => rleToSoft(mask),
    finish: async (soft, _, canvas) => {
      const mask = softToRle(soft, canvas);
      return { soft, mask, area: rleArea(mask), bbox: rleBox(mask) };
    },
    decontaminate: async (raster) => raster,
    dispose: () => undefined,
  } as SessionWorkers["pixels"];
  const shelf = new ModelShelf([{ id: "m", name: "M", version: "1" } as PanelModel]);
  const session = new PanelSession(host, { engine, looks: engine, pixels }, shelf);
  await session.start();
  const ready = () => until(() => session.document.picture.value.phase === "ready");
  await ready();
  return { session, model, ready };
}

/** What that model finds in a picture. */
export function discIn(width: number, height: number) {
  const radius = Math.min(width, height) / 4;
  const inside = (i: number) => Math.hypot((i % width) - width / 2, Math.floor(i / width) - height / 2) < radius;
  const bytes = Uint8Array.from({ length: width * height }, (_, i) => (inside(i) ? 1 : 0));
  const mask = encodeRle(bytes, width, height);
  return { mask, area: rleArea(mask), bbox: rleBox(mask), predictedIou: 0.95, stabilityScore: 0.95 };
}
