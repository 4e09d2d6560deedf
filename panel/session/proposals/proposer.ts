import { type Embedding, MasksmithError, messageOf } from "@masksmith/core";
import type { Host } from "../../host.js";
import {
  addObject,
  decide,
  merge,
  type Proposals,
  renameProposal,
  Store,
  startProposals,
  type Thresholds,
  unmerge,
  withProposals,
  withShown,
  withThresholds,
  type XY,
} from "../../state/index.js";
import type { DocumentReader, WorkKeeper } from "../document/index.js";
import type { Reporter } from "../reporter.js";
import type { Settings } from "../settings.js";
import { FoundRuns, IDLE, type ProposerResult } from "./foundRuns.js";
import { autoOptions, type Generate, presetMasks } from "./generating.js";
import { type Amount, ProposalList } from "./proposalList.js";
import type { Proposal } from "./proposalRows.js";
import type { StructureOf } from "./proposalTree.js";

const FILTER = "Filter objects";

export interface ProposerNeeds {
  readonly work: WorkKeeper;
  readonly document: Pick<DocumentReader, "current" | "picture">;
  readonly settings: Store<Settings>;
  readonly reporter: Pick<Reporter, "tell" | "fail" | "speak">;
  /** null: the engine finds no objects by itself. */
  readonly generate: Generate | null;
  readonly structure: StructureOf;
  /** Where results outlive the page; null: nowhere. */
  readonly storage: Pick<Host, "readSetting" | "writeSetting" | "store"> | null;
}

/** All objects of a picture: finds them, and keeps the user's decisions on them in the work. */
export class Proposer {
  readonly result = new Store<ProposerResult>(IDLE);
  /** Pointed at in the list: shown strongly. */
  readonly hovered = new Store<string | null>(null);
  /** Picked for merging. */
  readonly picked = new Store<ReadonlySet<string>>(new Set());
  readonly #needs: ProposerNeeds;
  readonly #work: WorkKeeper;
  readonly #runs: FoundRuns;
  readonly #list: ProposalList;
  #abort: AbortController | null = null;
  #searches = 0;

  constructor(needs: ProposerNeeds) {
    this.#needs = needs;
    this.#work = needs.work;
    this.#runs = new FoundRuns(needs.storage);
    this.#list = new ProposalList({ ...needs, result: this.result });
    needs.work.changed.subscribe(() => this.restore());
  }

  get available(): boolean {
    return this.#needs.generate !== null;
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
    const { run } = this.#work.now.proposals ?? this.result.value;
    const result = run === this.result.value.run ? undefined : this.#runs.get(run);
    if (!result) return;
    this.cancel();
    this.picked.set(new Set());
    this.hovered.set(null);
    this.result.set(result);
    this.#runs.keep(result);
  }

  /** The user wants all objects of the picture, and sees them. */
  findAll(): void {
    const { document, settings, reporter } = this.#needs;
    const { embedding } = document.picture.value;
    if (!embedding) {
      reporter.tell({ tone: "info", text: "The image is still being analyzed." });
      return;
    }
    if (settings.value.mode === "select") settings.update({ mode: "objects" });
    this.#findAs(embedding, "user");
  }

  /** The panel finds them by itself, if nobody has yet. */
  prefill(): void {
    const { embedding } = this.#needs.document.picture.value;
    if (this.available && this.result.value.phase === "idle" && embedding) this.#findAs(embedding, "automatic");
  }

  #findAs(embedding: Embedding, origin: "user" | "automatic"): void {
    const { settings, reporter } = this.#needs;
    const again = { label: "Try again", run: () => this.findAll() };
    this.find(embedding, settings.value, origin).catch((error) =>
      reporter.fail("Couldn't find all objects", error, again),
    );
  }

  /** Finds all objects; results come as they are found. @throws MasksmithError `state` if the engine cannot */
  async find(embedding: Embedding, settings: Settings, origin: "user" | "automatic" = "user"): Promise<void> {
    const { generate } = this.#needs;
    if (!generate) throw new MasksmithError("state", "This engine can't find objects automatically");
    this.cancel();
    const abort = new AbortController();
    this.#abort = abort;
    // Two searches may begin within a millisecond.
    const run = `${embedding.id.slice(0, 12)}-${Date.now()}-${++this.#searches}`;
    const started = performance.now();
    const isCurrent = () => this.#abort === abort;
    const show = (change: Partial<ProposerResult>) => {
      if (isCurrent()) this.result.update({ ...change, seconds: (performance.now() - started) / 1000 });
    };
    this.picked.set(new Set());
    this.result.set({ ...IDLE, phase: "running", run });
    const begin = startProposals(run, settings.thresholds);
    this.#work.act("Find all objects", (work) => ({ ...work, proposals: begin }), origin);
    try {
      const found = await generate(embedding, {
        auto: autoOptions(settings),
        signal: abort.signal,
        onMasks: (masks, fraction) => show({ masks, fraction }),
      });
      show({ phase: "done", masks: presetMasks(found, settings), fraction: 1 });
      if (!isCurrent()) return;
      this.#runs.keep(this.result.value);
      this.#speakFound("No objects found.");
    } catch (error) {
      if (abort.signal.aborted) return;
      show({ phase: "failed", error: messageOf(error) });
      if (isCurrent()) this.#runs.keep(this.result.value);
    }
  }

  /** Stops; what has been found so far stays. */
  cancel(): void {
    this.#abort?.abort();
    this.#abort = null;
    if (this.result.value.phase !== "running") return;
    this.result.update({ phase: "canceled" });
    this.#runs.keep(this.result.value);
    this.#speakFound("Canceled.");
  }

  #speakFound(nothing: string): void {
    const { masks } = this.result.value;
    this.#needs.reporter.speak(masks.length > 0 ? `${this.kept().length} of ${masks.length} objects shown` : nothing);
  }

  rows(): readonly Proposal[] {
    return this.#list.rows();
  }

  isKept(row: Proposal): boolean {
    return this.#list.isKept(row);
  }

  kept(): readonly Proposal[] {
    return this.#list.kept();
  }

  amount(): Amount | null {
    return this.#list.amount();
  }

  keptAsObjects(): ReturnType<ProposalList["keptAsObjects"]> {
    return this.#list.keptAsObjects();
  }

  /** What a click in the picture hits is dropped if it is kept, else kept; `extend` picks it for merging instead. */
  pick(at: XY, extend: boolean): void {
    const row = this.#list.at(at);
    if (!row) return;
    if (extend) this.togglePicked(row.id);
    else this.#decide(row);
  }

  toggle(id: string): void {
    const row = this.rows().find((other) => other.id === id);
    if (row) this.#decide(row);
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
    this.#act("Unmerge object", (proposals) => unmerge(proposals, id));
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

  /** Of a ranked list: shows so many, the likeliest first. Live and undone as thresholds are. */
  setShown(count: number, live: boolean): void {
    const amount = this.amount();
    if (!amount) return;
    const shown = Math.min(Math.max(1, Math.round(count)), amount.of);
    const change = (proposals: Proposals) => withShown(proposals, shown === amount.suggested ? null : shown);
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

  #decide(row: Proposal): void {
    const verdict = this.isKept(row) ? "drop" : "keep";
    this.#act(verdict === "keep" ? "Keep object" : "Drop object", (proposals) => decide(proposals, [row.id], verdict));
  }

  #act(label: string, change: (proposals: Proposals) => Proposals): void {
    this.#work.act(label, (work) => withProposals(work, change));
  }
}
