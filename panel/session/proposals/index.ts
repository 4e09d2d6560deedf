export { type Generate, generateWith } from "./generating.js";
export type { Proposal } from "./proposalRows.js";
export { Proposer } from "./proposer.js";
