export { type Generate, generateWith } from "./generating.js";
export type { Amount } from "./proposalList.js";
export type { Proposal } from "./proposalRows.js";
export { Proposer } from "./proposer.js";
