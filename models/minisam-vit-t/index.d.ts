/** AbortSignal, in programs whose library of types knows it. */
type Signal = typeof globalThis extends { AbortSignal: { prototype: infer Known } } ? Known : unknown;

/** The model's description: what is looked at most; the whole is in manifest.json, and the engine checks it. */
export interface ModelManifest {
  readonly schema: number;
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly licence: { readonly spdx: string; readonly note: string };
  readonly provenance: string;
  readonly [field: string]: unknown;
  readonly files: { readonly [name: string]: { readonly bytes: number; readonly sha256: string } };
}

/** The model's description and its files, by the names the manifest gives them. */
export declare const model: {
  readonly manifest: ModelManifest;
  /** All bytes of a file. In a page `onBytes` hears of those that have come so far. */
  read(
    name: string,
    options?: { readonly signal?: Signal; readonly onBytes?: (received: number) => void },
  ): Promise<Uint8Array>;
};
