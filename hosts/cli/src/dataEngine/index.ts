export {
  addFolderOptions,
  autoFolder,
  type FolderOptions,
  type Generator,
  PRESET_NAMES,
  type PresetName,
  presetGenerator,
  type RunningGenerator,
} from "./command.js";
export { type DataEngineOptions, type DataEngineSummary, runDataEngine } from "./dataEngine.js";
export { type Shard, shardOf } from "./shard.js";
