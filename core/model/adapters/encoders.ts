import { type FoundGraph, pick } from "./types.js";

/** One picture of three channels in planes, at a fixed or free size; one embedding out. */
export function planarEncoder(
  graphs: readonly FoundGraph[],
  names?: readonly [string, string],
): FoundGraph | undefined {
  return pick(graphs, ({ info: { inputs, outputs } }) => {
    const [input] = inputs;
    const [output] = outputs;
    if (inputs.length !== 1 || !input || !output) return false;
    if (names && (input.name !== names[0] || output.name !== names[1])) return false;
    return input.shape?.length === 4 && isSide(input.shape[1], 3) && (output.shape?.length ?? 4) === 4;
  });
}

/** Side of an encoder's square input, if its file fixes it. */
export function sideOf({ info }: FoundGraph, axis: number, otherwise = 1024): number {
  const side = info.inputs[0]?.shape?.[axis];
  return typeof side === "number" ? side : otherwise;
}

/** [channels, height, width] of an embedding: as the encoder's file says, or a sixteenth of the input's side. */
export function embeddingOf({ info }: FoundGraph, output: string, size: number): [number, number, number] {
  const shape = info.outputs.find(({ name }) => name === output)?.shape;
  const side = (i: number, otherwise: number) => {
    const value = shape?.[i];
    return typeof value === "number" ? value : otherwise;
  };
  return [side(1, 256), side(2, size / 16), side(3, size / 16)];
}

function isSide(side: number | string | undefined, wanted: number): boolean {
  return typeof side === "string" || side === wanted;
}
