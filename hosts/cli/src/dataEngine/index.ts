export {
  addFolderOptions,
  autoFolder,
  type FolderOptions,
  type Generator,
  presetGenerator,
  type RunningGenerator,
} from "./command.js";
export { type DataEngineOptions, type DataEngineSummary, runDataEngine } from "./dataEngine.js";
export { type Shard, shardOf } from "./shard.js";
