/** Every buffer that a value holds, once each, to be handed over instead of copied; views of a part of a buffer among them. */
export function everyBuffer(value: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const seen = new Set<object>();
  const visit = (part: unknown): void => {
    if (typeof part !== "object" || part === null || seen.has(part)) return;
    seen.add(part);
    if (part instanceof ArrayBuffer) found.add(part);
    else if (ArrayBuffer.isView(part)) visit(part.buffer);
    else for (const inner of Object.values(part)) visit(inner);
  };
  visit(value);
  return [...found];
}
