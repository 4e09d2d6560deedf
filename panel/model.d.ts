declare module "@masksmith/model-minisam-vit-t/manifest.js" {
  /** The model's manifest; the engine checks it. */
  export const manifest: unknown;
}
