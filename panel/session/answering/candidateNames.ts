/** What the model was trained to give, by how many of them there are; from the smallest to the largest. */
const NAMES: readonly (readonly string[])[] = [
  [],
  ["Object"],
  ["Part", "Whole"],
  ["Sub-part", "Part", "Whole"],
  ["Sub-part", "Part", "Large part", "Whole"],
];

/** Names of so many answers, from the smallest to the largest. */
export function answerNames(count: number): readonly string[] {
  const names = NAMES[count] ?? NAMES[NAMES.length - 1];
  return Array.from({ length: count }, (_, place) => names[Math.max(0, place - count + names.length)]);
}
