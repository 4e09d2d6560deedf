import type { ObjectMask, Structure } from "@masksmith/core";
import type { Proposals } from "../../state/index.js";
import { listedRows, type Members, membersOf, type Proposal, rowsOf } from "./proposalRows.js";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Says which mask lies in which: the engine's `structure`, off the page's thread. */
export type StructureOf = (masks: readonly ObjectMask[], canvas: Size) => Promise<Structure>;

/** What the rows are made of. */
export interface TreeSource {
  readonly masks: readonly ObjectMask[];
  readonly proposals: Proposals;
  readonly document: Size;
  /** Whether more masks may come: the tree is then not worth its time. */
  readonly isGrowing: boolean;
  /** Whether a mask has a row; follows from the masks and the decisions. */
  readonly isListed: (row: Proposal) => boolean;
}

/** The rows of the list of all objects, made again only where what they are made of has changed. */
export class ProposalTree {
  readonly #structureOf: StructureOf;
  readonly #onTree: () => void;
  #members: (Members & { readonly from: readonly ObjectMask[]; readonly merges: Proposals["merges"] }) | null = null;
  #tree: { readonly members: Members; readonly structure: Structure } | null = null;
  #rows: {
    readonly members: Members;
    readonly proposals: Proposals;
    readonly structure: Structure | null;
    readonly all: readonly Proposal[];
    readonly listed: readonly Proposal[];
  } | null = null;

  /** @param onTree the tree of the masks has come: rows have parents now. */
  constructor(structureOf: StructureOf, onTree: () => void) {
    this.#structureOf = structureOf;
    this.#onTree = onTree;
  }

  /** The list's rows in the tree's order. */
  rows(source: TreeSource): readonly Proposal[] {
    return this.#rowsOf(source).listed;
  }

  /** A row for every mask, whether it is in the list or not. */
  all(source: TreeSource): readonly Proposal[] {
    return this.#rowsOf(source).all;
  }

  #rowsOf(source: TreeSource): { readonly all: readonly Proposal[]; readonly listed: readonly Proposal[] } {
    const { proposals, isListed } = source;
    const members = this.#membersOf(source);
    const structure = this.#tree?.members === members ? this.#tree.structure : null;
    const known = this.#rows;
    if (known?.members === members && known.proposals === proposals && known.structure === structure) return known;
    const all = rowsOf(members, structure, proposals);
    this.#rows = { members, proposals, structure, all, listed: listedRows(all, isListed, proposals) };
    return this.#rows;
  }

  #membersOf({ masks: from, proposals, document, isGrowing }: TreeSource): Members {
    const { merges } = proposals;
    if (this.#members?.from === from && this.#members.merges === merges) return this.#members;
    const members = { ...membersOf(from, proposals), from, merges };
    this.#members = members;
    if (!isGrowing && members.masks.length > 0) void this.#grow(members, document);
    return members;
  }

  /** Finds the tree of the masks; without it they stay side by side. */
  async #grow(members: Members, document: Size): Promise<void> {
    const structure = await this.#structureOf(members.masks, document).catch(() => null);
    if (!structure || this.#members !== members) return;
    this.#tree = { members, structure };
    this.#onTree();
  }
}
