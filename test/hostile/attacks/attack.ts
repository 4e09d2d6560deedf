import type { Chance } from "../chance.js";

/** A way to make hostile inputs of one kind, and to give them to the program. */
export interface Attack {
  readonly name: string;
  /** How often it is chosen, among the others. */
  readonly weight: number;
  /**
   * Makes one input and has the program take it. What it throws must be a refusal: an error of ours, in one line.
   * @param folder of its own, for files.
   * @throws Loss if something of the user's is lost or mixed up.
   */
  readonly attempt: (chance: Chance, folder: string) => Promise<void> | void;
  /** Inputs that once did harm, in words. */
  readonly finds?: Readonly<Record<string, (folder: string) => Promise<void> | void>>;
}

/** What must never happen, whatever the input. */
export class Loss extends Error {}
