// Vite 7's dev server moves a dependency's code to another folder, away from its files, unless its entry has this ending.
export * from "./index.js";
