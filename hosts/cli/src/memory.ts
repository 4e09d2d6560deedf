import { freemem } from "node:os";

/** Bytes that can be had now. Node's own count knows of containers' limits; older versions have only the machine's. */
export function availableMemory(): number {
  const { availableMemory: available } = process as { availableMemory?: () => number };
  return available?.call(process) ?? freemem();
}
