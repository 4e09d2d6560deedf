import type { Candidate } from "@masksmith/core";

/** An answer in words, for screen readers. */
export function describeAnswer(
  name: string,
  { area }: Candidate,
  count: number,
  document: { readonly width: number; readonly height: number },
): string {
  const share = (100 * area) / (document.width * document.height);
  const size = share < 1 ? "less than one percent" : `${Math.round(share)} percent`;
  const more = count > 1 ? ` ${count} suggestions: press C for the next.` : "";
  return `${name}: ${size} of the image.${more}`;
}
