export {
  addFolderOptions,
  autoFolder,
  type FolderOptions,
  PRESET_NAMES,
  type PresetName,
  presetGenerator,
} from "./command.js";
export { type DataEngineOptions, type DataEngineSummary, runDataEngine } from "./dataEngine.js";
export { shardOf } from "./shard.js";
