/** The model's description and its files, by the names the manifest gives them. */
export declare const model: {
  readonly manifest: unknown;
  read(name: string): Promise<Uint8Array>;
};
