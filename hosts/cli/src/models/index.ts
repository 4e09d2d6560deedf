export { addModel } from "./add.js";
export { download } from "./download.js";
export { type ChosenModel, chooseModel, findModel, knownModels, modelFiles, modelFolders } from "./knownModels.js";
