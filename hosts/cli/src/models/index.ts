export { addModel } from "./add.js";
export { download } from "./download.js";
export type { KnownModel } from "./folder.js";
export { type ChosenModel, chooseModel, findModel, knownModels, modelFiles, modelFolders } from "./knownModels.js";
