import type { Candidate } from "@masksmith/core";

/** A clone of a view takes its whole buffer along, so a candidate's logits get a buffer of their own. */
export function withOwnLogits(candidate: Candidate): Candidate {
  const { logits } = candidate;
  if (!logits || logits.data.byteLength === logits.data.buffer.byteLength) return candidate;
  return { ...candidate, logits: { ...logits, data: logits.data.slice() } };
}
