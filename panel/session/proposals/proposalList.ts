import { rleCovers } from "@masksmith/core";
import { isKept, isListed, type PanelObject, type RunFacts, type Store, type XY } from "../../state/index.js";
import type { DocumentReader, WorkKeeper } from "../document/index.js";
import type { ProposerResult } from "./foundRuns.js";
import { asObjects, contains, type Proposal } from "./proposalRows.js";
import { ProposalTree, type StructureOf, type TreeSource } from "./proposalTree.js";
import { rankingOf } from "./ranking.js";

/** How much of a ranked list is shown. */
export interface Amount {
  readonly shown: number;
  readonly of: number;
  /** How many the list itself suggests. */
  readonly suggested: number;
}

interface Sources {
  readonly result: Store<ProposerResult>;
  readonly work: Pick<WorkKeeper, "now">;
  readonly document: Pick<DocumentReader, "current">;
  readonly structure: StructureOf;
}

/** The list of all objects: what was found, as the user's decisions on it show it. */
export class ProposalList {
  readonly #sources: Sources;
  readonly #tree: ProposalTree;

  constructor(sources: Sources) {
    this.#sources = sources;
    this.#tree = new ProposalTree(sources.structure, () => sources.result.update({}));
  }

  /** Rows in the tree's order: all masks, of a ranked list those shown and those kept by hand. */
  rows(): readonly Proposal[] {
    const source = this.#source();
    return source ? this.#tree.rows(source) : [];
  }

  isKept(row: Proposal): boolean {
    const source = this.#source();
    return source !== null && isKept(source.proposals, row, runFacts(source));
  }

  kept(): readonly Proposal[] {
    return this.rows().filter((row) => this.isKept(row));
  }

  /** null where nothing is ranked. */
  amount(): Amount | null {
    const source = this.#source();
    const ranking = source && rankingOf(source.masks);
    if (!ranking) return null;
    const { ranks, suggested } = ranking;
    return { shown: Math.min(source.proposals.shown ?? suggested, ranks.size), of: ranks.size, suggested };
  }

  /**
   * What a click in the picture means: the smallest kept mask under it, else the smallest dropped one, else the likeliest of
   * those that are not shown.
   */
  at(point: XY): Proposal | undefined {
    const isHit = ({ mask, bbox }: Proposal) => contains(bbox, point) && rleCovers(mask, point.x, point.y);
    const hit = this.rows()
      .filter(isHit)
      .sort((a, b) => a.area - b.area);
    const listed = hit.find((row) => this.isKept(row)) ?? hit[0];
    const source = this.#source();
    if (listed || !source) return listed;
    const hidden = this.#tree.all(source).filter(isHit);
    return hidden.sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))[0];
  }

  /** The kept ones as objects of the panel, for output: parents come before what they contain. */
  keptAsObjects(): readonly (PanelObject & { readonly parent: string | null })[] {
    return asObjects(this.rows(), this.kept());
  }

  /** What the rows are made of; null without a document, or where the decisions are about another run. */
  #source(): TreeSource | null {
    const { result, work, document } = this.#sources;
    const { masks, run, phase } = result.value;
    const { proposals } = work.now;
    const { current } = document;
    if (!current || !proposals || proposals.run !== run) return null;
    const source = { masks, proposals, document: current, isGrowing: phase === "running" };
    const facts = runFacts(source);
    return { ...source, isListed: (row) => isListed(proposals, row, facts) };
  }
}

function runFacts({ masks, document }: Pick<TreeSource, "masks" | "document">): RunFacts {
  return { documentArea: document.width * document.height, suggested: rankingOf(masks)?.suggested ?? 0 };
}
