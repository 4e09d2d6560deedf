export { Engines } from "./engines.js";
export { folderOfFiles } from "./modelFolder.js";
export { ModelShelf, modelKey, type PanelModel, panelModel } from "./modelShelf.js";
export { Models } from "./models.js";
