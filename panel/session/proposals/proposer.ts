import { type AutoOptions, type Embedding, MasksmithError, type ObjectMask, type Structure } from "@masksmith/core";
import type { HostDocument } from "../../host.js";
import type { PaintedMask } from "../../paint/index.js";
import {
  addObject,
  decide,
  FLOOR,
  isKept,
  merge,
  type PanelObject,
  type Proposals,
  renameProposal,
  Store,
  startProposals,
  type Thresholds,
  unmerge,
  withProposals,
  withThresholds,
  type XY,
} from "../../state/index.js";
import type { WorkKeeper } from "../document/workKeeper.js";
import type { Settings } from "../settings.js";
import { FoundRuns, IDLE, type ProposerResult } from "./foundRuns.js";
import { contains, covers, type Members, membersOf, type Proposal, rowsOf } from "./proposalRows.js";

/** How masks are made; the engine's `generate`, or a pool of them. */
export interface GenerateRequest {
  readonly auto: AutoOptions;
  readonly signal: AbortSignal;
  /** All masks so far, best first; called as they come. */
  readonly onMasks: (masks: readonly ObjectMask[], fraction: number) => void;
}

export type Generate = (embedding: Embedding, request: GenerateRequest) => Promise<readonly ObjectMask[]>;

export type StructureOf = (
  masks: readonly ObjectMask[],
  canvas: { readonly width: number; readonly height: number },
) => Promise<Structure>;

/** Points along a side of the grid, and crops searched on their own, by the detail wanted. */
const DETAILS: Readonly<Record<Settings["detail"], AutoOptions>> = {
  coarse: { pointsPerSide: 12 },
  normal: { pointsPerSide: 32 },
  fine: { pointsPerSide: 32, cropNLayers: 1, cropNPointsDownscaleFactor: 2 },
};

/** More is found than is kept at first: between these and the thresholds, the sliders filter what is there already. */
export function autoOptions({ fast, detail }: Settings): AutoOptions {
  return { ...DETAILS[detail], fast, predIouThresh: FLOOR.predictedIou, stabilityScoreThresh: FLOOR.stability };
}

const FILTER = "Filter objects";

/** All objects of a picture: finds them, and keeps the user's decisions on them in the work. */
export class Proposer {
  readonly result = new Store<ProposerResult>(IDLE);
  /** Pointed at in the list: shown strongly. */
  readonly hovered = new Store<string | null>(null);
  /** Picked for merging. */
  readonly picked = new Store<ReadonlySet<string>>(new Set());
  readonly #work: WorkKeeper;
  readonly #generate: Generate | null;
  readonly #document: () => HostDocument | null;
  #abort: AbortController | null = null;
  readonly #structure: StructureOf;
  readonly #runs: FoundRuns;
  #members: (Members & { readonly from: readonly ObjectMask[]; readonly merges: Proposals["merges"] }) | null = null;
  #tree: { readonly members: Members; readonly structure: Structure } | null = null;
  #rows: {
    readonly members: Members;
    readonly proposals: Proposals;
    readonly structure: Structure | null;
    readonly rows: readonly Proposal[];
  } | null = null;

  constructor(
    work: WorkKeeper,
    document: () => HostDocument | null,
    generate: Generate | null,
    structure: StructureOf,
    storage: ConstructorParameters<typeof FoundRuns>[0] = null,
  ) {
    this.#runs = new FoundRuns(storage);
    this.#structure = structure;
    this.#work = work;
    this.#document = document;
    this.#generate = generate;
    work.history.subscribe(() => this.restore());
  }

  get available(): boolean {
    return this.#generate !== null;
  }

  /** Another document: its results are its own. What was found of a picture left halfway is not kept as if it were all. */
  reset(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.result.set(IDLE);
    this.picked.set(new Set());
    this.hovered.set(null);
  }

  async load(): Promise<void> {
    await this.#runs.load();
  }

  /** Shows the masks that the work's decisions are about: undo, redo, a reload or another document may have changed them. */
  restore(): void {
    const { run } = this.#work.work.proposals ?? this.result.value;
    const result = run === this.result.value.run ? undefined : this.#runs.get(run);
    if (!result) return;
    this.cancel();
    this.picked.set(new Set());
    this.hovered.set(null);
    this.result.set(result);
    this.#runs.keep(result);
  }

  /** Finds all objects; results come as they are found. */
  async find(embedding: Embedding, settings: Settings): Promise<void> {
    if (!this.#generate) throw new MasksmithError("state", "This engine finds no objects by itself");
    this.cancel();
    const abort = new AbortController();
    this.#abort = abort;
    const run = `${embedding.id.slice(0, 12)}-${Date.now()}`;
    const started = performance.now();
    const isCurrent = () => this.#abort === abort;
    const show = (change: Partial<ProposerResult>) => {
      if (isCurrent()) this.result.update({ ...change, seconds: (performance.now() - started) / 1000 });
    };
    this.picked.set(new Set());
    this.result.set({ ...IDLE, phase: "running", run });
    this.#work.act("Find all objects", (work) => ({ ...work, proposals: startProposals(run, settings.thresholds) }));
    try {
      const masks = await this.#generate(embedding, {
        auto: autoOptions(settings),
        signal: abort.signal,
        onMasks: (found, fraction) => show({ masks: found, fraction }),
      });
      show({ phase: "done", masks, fraction: 1 });
      if (isCurrent()) this.#runs.keep(this.result.value);
    } catch (error) {
      if (abort.signal.aborted) return;
      show({ phase: "failed", error: error instanceof Error ? error.message : String(error) });
      if (isCurrent()) this.#runs.keep(this.result.value);
    }
  }

  /** Stops; what has been found so far stays. */
  cancel(): void {
    this.#abort?.abort();
    this.#abort = null;
    if (this.result.value.phase !== "running") return;
    this.result.update({ phase: "done" });
    this.#runs.keep(this.result.value);
  }

  /** All rows in the tree's order, whatever the thresholds say. */
  rows(): readonly Proposal[] {
    const { masks, run } = this.result.value;
    const { proposals } = this.#work.work;
    const document = this.#document();
    if (!document || !proposals || proposals.run !== run) return [];
    const members = this.#membersNow(masks, proposals);
    const structure = this.#tree?.members === members ? this.#tree.structure : null;
    const known = this.#rows;
    if (known?.members === members && known.proposals === proposals && known.structure === structure) return known.rows;
    const rows = rowsOf(members, structure, proposals);
    this.#rows = { members, proposals, structure, rows };
    return rows;
  }

  #membersNow(from: readonly ObjectMask[], proposals: Proposals): Members {
    const { merges } = proposals;
    if (this.#members?.from === from && this.#members.merges === merges) return this.#members;
    const members = { ...membersOf(from, proposals), from, merges };
    this.#members = members;
    const document = this.#document();
    if (this.result.value.phase !== "running" && document && members.masks.length > 0)
      void this.#plant(members, document);
    return members;
  }

  /** Finds the tree of the masks; without it they stay side by side. */
  async #plant(members: Members, document: HostDocument): Promise<void> {
    const structure = await this.#structure(members.masks, document).catch(() => null);
    if (!structure || this.#members !== members) return;
    this.#tree = { members, structure };
    this.result.update({});
  }

  isKept(row: Proposal): boolean {
    const { proposals } = this.#work.work;
    const document = this.#document();
    return Boolean(proposals && document && isKept(proposals, row, document.width * document.height));
  }

  kept(): readonly Proposal[] {
    return this.rows().filter((row) => this.isKept(row));
  }

  /** The smallest mask under a point: kept is dropped, dropped is kept; `extend` picks it for merging instead. */
  pick(at: XY, extend: boolean): void {
    const hit = this.rows()
      .filter(({ mask, bbox }) => contains(bbox, at) && covers(mask, at))
      .sort((a, b) => a.area - b.area);
    const row = hit.find((candidate) => this.isKept(candidate)) ?? hit[0];
    if (!row) return;
    if (extend) this.togglePicked(row.id);
    else this.toggle(row.id);
  }

  toggle(id: string): void {
    const row = this.rows().find((other) => other.id === id);
    if (!row) return;
    const verdict = this.isKept(row) ? "drop" : "keep";
    this.#act(verdict === "keep" ? "Keep object" : "Drop object", (proposals) => decide(proposals, [id], verdict));
  }

  togglePicked(id: string): void {
    const picked = new Set(this.picked.value);
    if (!picked.delete(id)) picked.add(id);
    this.picked.set(picked);
  }

  mergePicked(): void {
    const ids = [...this.picked.value];
    if (ids.length < 2) return;
    this.picked.set(new Set());
    this.#act("Merge objects", (proposals) => merge(proposals, ids));
  }

  split(id: string): void {
    this.#act("Split merged object", (proposals) => unmerge(proposals, id));
  }

  rename(id: string, name: string): void {
    if (name.trim()) this.#act("Rename", (proposals) => renameProposal(proposals, id, name.trim()));
  }

  /** Live while a slider moves, one step of undo when it comes to rest. */
  setThresholds(thresholds: Thresholds, live: boolean): void {
    const change = (proposals: Proposals) => withThresholds(proposals, thresholds);
    if (live) this.#work.live(FILTER, (work) => withProposals(work, change));
    else this.#act(FILTER, change);
  }

  /** Takes a mask over among the objects, to be refined by clicks; it is no proposal any more. */
  refine(id: string): void {
    const row = this.rows().find((other) => other.id === id);
    if (!row) return;
    const { mask, points, predictedIou, name, colour } = row;
    const act = { kind: "given" as const, mask, points, predictedIou };
    this.#work.act("Refine object", (work) => {
      const proposals = work.proposals && decide(work.proposals, [id], "drop");
      return addObject({ ...work, proposals }, [{ act, choice: null }], { name, colour, stage: "automatic" });
    });
  }

  /** The kept ones as objects of the panel, for output: parents come before what they contain. */
  keptAsObjects(): readonly (PanelObject & { readonly parent: string | null })[] {
    const kept = this.kept();
    const byId = new Map(this.rows().map((row) => [row.id, row]));
    const ids = new Set(kept.map(({ id }) => id));
    return kept.map((row) => {
      const { id, name, colour, mask, points, predictedIou } = row;
      let parent = row.parent;
      while (parent !== null && !ids.has(parent)) parent = byId.get(parent)?.parent ?? null;
      const act = { kind: "given" as const, mask, points, predictedIou };
      return {
        id,
        name,
        colour,
        visible: true,
        steps: [{ act, choice: null }],
        stage: "automatic",
        seconds: 0,
        parent,
      };
    });
  }

  painted(settings: Settings): PaintedMask[] {
    const [hovered, picked] = [this.hovered.value, this.picked.value];
    const rows = this.rows().filter((row) => this.isKept(row) || row.id === hovered || picked.has(row.id));
    return [...rows]
      .sort((a, b) => b.area - a.area)
      .map(({ id, mask, colour }) => {
        const strong = id === hovered || picked.has(id);
        const opacity = settings.overlayOpacity * (strong ? 1.4 : 1);
        return {
          mask,
          colour,
          opacity: Math.min(opacity, 0.9),
          outline: strong ? "strong" : settings.outline ? "plain" : "none",
        };
      });
  }

  #act(label: string, change: (proposals: Proposals) => Proposals): void {
    this.#work.act(label, (work) => withProposals(work, change));
  }
}
