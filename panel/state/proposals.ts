/** The user's decisions on one run of automatic generation; the masks themselves are kept beside, by run. */
export interface Proposals {
  readonly run: string;
  /** For masks that are not ranked. */
  readonly thresholds: Thresholds;
  /** Of a ranked list: how many are shown, the likeliest first; null: as many as the list itself suggests. */
  readonly shown: number | null;
  /** Decided by hand, whatever the sliders say. */
  readonly decided: Readonly<Record<string, "keep" | "drop">>;
  readonly names: Readonly<Record<string, string>>;
  /** Several masks made one. */
  readonly merges: readonly Merge[];
}

export interface Thresholds {
  /** Least predicted IoU, 0..1. */
  readonly predictedIou: number;
  /** Least stability score, 0..1. */
  readonly stability: number;
  /** Least area as a share of the document, 0..1. */
  readonly area: number;
}

export interface Merge {
  /** `m1`, `m2`, ...; cannot be a mask's number. */
  readonly id: string;
  readonly members: readonly string[];
}

/** What the sliders look at: one mask of the run, or a merge. */
export interface ProposalFacts {
  readonly id: string;
  /** Place in the ranked list, from 0; null for a mask of no such list, and for a merge. */
  readonly rank: number | null;
  readonly predictedIou: number;
  readonly stabilityScore: number;
  /** Pixels. */
  readonly area: number;
}

/** What one mask does not say about the run. */
export interface RunFacts {
  /** Pixels of the document. */
  readonly documentArea: number;
  /** How many of a ranked list are shown unless the user wants more or fewer. */
  readonly suggested: number;
}

/** The official filters, and no small masks hidden. */
export const DEFAULT_THRESHOLDS: Thresholds = { predictedIou: 0.88, stability: 0.95, area: 0 };

/** Least scores of what is looked for at all. */
export const FLOOR = { predictedIou: 0.75, stability: 0.85 } as const;

export function startProposals(run: string, thresholds: Thresholds): Proposals {
  return { run, thresholds, shown: null, decided: {}, names: {}, merges: [] };
}

/** Whether a mask is among the results: decided by hand, else by the sliders. */
export function isKept(proposals: Proposals, facts: ProposalFacts, run: RunFacts): boolean {
  const decided = proposals.decided[facts.id];
  if (decided) return decided === "keep";
  if (facts.rank !== null) return facts.rank < (proposals.shown ?? run.suggested);
  const { predictedIou, stability, area } = proposals.thresholds;
  const enough = facts.predictedIou >= predictedIou && facts.stabilityScore >= stability;
  return enough && facts.area >= area * run.documentArea;
}

/** Whether a mask has a row: all have one, save those of a ranked list that come after the ones shown. */
export function isListed(proposals: Proposals, { id, rank }: ProposalFacts, { suggested }: RunFacts): boolean {
  return rank === null || rank < (proposals.shown ?? suggested) || proposals.decided[id] === "keep";
}

/** Masks that a merge has taken up. */
export function mergedAway(proposals: Proposals): ReadonlySet<string> {
  return new Set(proposals.merges.flatMap(({ members }) => members));
}

export function decide(proposals: Proposals, ids: readonly string[], verdict: "keep" | "drop"): Proposals {
  const decided = { ...proposals.decided };
  for (const id of ids) decided[id] = verdict;
  return { ...proposals, decided };
}

export function renameProposal(proposals: Proposals, id: string, name: string): Proposals {
  return proposals.names[id] === name ? proposals : { ...proposals, names: { ...proposals.names, [id]: name } };
}

export function withThresholds(proposals: Proposals, thresholds: Thresholds): Proposals {
  const { predictedIou, stability, area } = proposals.thresholds;
  const isSame =
    predictedIou === thresholds.predictedIou && stability === thresholds.stability && area === thresholds.area;
  return isSame ? proposals : { ...proposals, thresholds };
}

export function withShown(proposals: Proposals, shown: number | null): Proposals {
  return proposals.shown === shown ? proposals : { ...proposals, shown };
}

/** Joins masks and earlier merges into one that is kept. Fewer than two change nothing. */
export function merge(proposals: Proposals, ids: readonly string[]): Proposals {
  if (new Set(ids).size < 2) return proposals;
  const taken = proposals.merges.filter(({ id }) => ids.includes(id));
  const members = ids.flatMap((id) => taken.find((other) => other.id === id)?.members ?? [id]);
  const highest = Math.max(0, ...proposals.merges.map(({ id }) => Number(id.slice(1))));
  const made: Merge = { id: `m${highest + 1}`, members: [...new Set(members)] };
  const rest = proposals.merges.filter((other) => !taken.includes(other));
  return decide({ ...proposals, merges: [...rest, made] }, [made.id], "keep");
}

export function unmerge(proposals: Proposals, id: string): Proposals {
  return { ...proposals, merges: proposals.merges.filter((other) => other.id !== id) };
}
