export { type BackendChoice, pageCapabilities, planBackends, planName } from "./backends.js";
export { EngineClient } from "./client.js";
export type { EngineClientOptions, EngineStatus, PageModel } from "./clientTypes.js";
export { PageEmbeddingStore } from "./embeddingStore.js";
export { PixelClient } from "./pixelClient.js";
