export { engineWorkerScript, startEngineWorker } from "./engineWorker.js";
export { loadAsset } from "./loadAsset.js";
