import type { Variants } from "./variants.js";

/** What the parts of the simulated Photoshop ask of the whole. */
export interface App<Document> {
  readonly variants: Variants;
  readonly documents: readonly Document[];
  active: Document | null;
  /** Whether a modal scope runs. */
  readonly inScope: boolean;
  newId(): number;
  close(document: Document): void;
  step(name: string, within?: boolean): Promise<void>;
  /** @throws outside a modal scope, or in one whose document is gone. */
  mustWrite(document: Document): void;
  /** @throws if there is no document with this id; without an id the active one is meant. */
  documentOf(id: unknown): Document;
  tell(event: string, descriptor: Readonly<Record<string, unknown>>): void;
}
