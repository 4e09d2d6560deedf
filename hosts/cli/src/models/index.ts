export { addModel } from "./add.js";
export { download } from "./download.js";
export type { KnownModel } from "./folder.js";
export { type ChosenModel, chooseModel, findModel, knownModels, modelFolders } from "./knownModels.js";
