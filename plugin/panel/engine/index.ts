export { type BackendChoice, pageCapabilities, planBackends } from "./backends.js";
export { EngineClient, type EngineClientOptions, type EnginePhase, type EngineStatus, planName } from "./client.js";
export { PageEmbeddingStore } from "./embeddingStore.js";
