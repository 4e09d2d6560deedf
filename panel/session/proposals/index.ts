export type { ProposerResult } from "./foundRuns.js";
export { type Generate, type GenerateRequest, generateWith } from "./generating.js";
export type { Proposal } from "./proposalRows.js";
export type { StructureOf } from "./proposalTree.js";
export { Proposer } from "./proposer.js";
