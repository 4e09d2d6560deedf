import { MasksmithError, messageOf } from "@masksmith/core";

/** What the parser and the JavaScript engine say, by what it means to who opens a file. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^Color mode not supported: (.*)/, "its color mode ($1) is not supported"],
  [
    /^Invalid bitsPerChannel|bitsPerChannel Not|bit ?depth|pixel depth/i,
    "its number of bits per channel is not supported",
  ],
  [/^Invalid channel count/, "its number of channels is not supported"],
  [/memory limit|allocation failed|out of memory|larger than 4GB/i, "it needs more memory than a page may use"],
];

/** An error for the user: in words, never those of a parser. Errors in words already stay. */
export function inWords(cause: unknown, name: string): MasksmithError {
  if (cause instanceof MasksmithError) return cause;
  const message = messageOf(cause);
  const known = REASONS.find(([pattern]) => pattern.test(message));
  const reason = known ? known[1].replace("$1", known[0].exec(message)?.[1] ?? "") : "the file is damaged or cut off";
  return new MasksmithError("input", `“${name}” can't be opened: ${reason}`, { cause });
}
