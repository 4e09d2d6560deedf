/** What is alike in all of a page's workers. */

/** As in `web.ts`. */
export const pathsIn = (folder: string, binary: string): { readonly wasm: string } => ({ wasm: `${folder}${binary}` });

export const startWorker = (): never => {
  throw new Error("A worker starts no engine's worker");
};
