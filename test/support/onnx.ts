/** Writes small ONNX files for tests, byte by byte (onnx/onnx.proto), so that bad ones can be made too. */

export type Bytes = readonly number[];

/** A varint. Negative numbers are not needed here. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

export const integer = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
export const message = (field: number, content: Bytes): number[] => [
  ...varint(field * 8 + 2),
  ...varint(content.length),
  ...content,
];
export const text = (field: number, value: string): number[] => message(field, [...new TextEncoder().encode(value)]);

const FLOAT = 1;
export const INT64 = 7;

type Shape = readonly (number | string)[];

/** name, shape and, if not float32, element type. */
export type Value = readonly [name: string, shape: Shape, type?: number];

export function value([name, shape, type = FLOAT]: Value): number[] {
  const dims = shape.flatMap((side) => message(1, typeof side === "number" ? integer(1, side) : text(2, side)));
  return [...text(1, name), ...message(2, message(1, [...integer(1, type), ...message(2, dims)]))];
}

export interface TensorParts {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type?: number;
  /** Bytes of `raw_data`. */
  readonly raw?: Bytes;
  /** Entries of `external_data`. */
  readonly external?: Readonly<Record<string, string>>;
}

export function tensor({ name, dims, type = FLOAT, raw, external }: TensorParts): number[] {
  return [
    ...dims.flatMap((side) => integer(1, side)),
    ...integer(2, type),
    ...text(8, name),
    ...(raw ? message(9, raw) : []),
    ...Object.entries(external ?? {}).flatMap(([key, entry]) => message(13, [...text(1, key), ...text(2, entry)])),
    ...(external ? integer(14, 1) : []),
  ];
}

/** A constant of float32 numbers. */
export function floats(name: string, dims: readonly number[], values: readonly number[]): number[] {
  return tensor({ name, dims, raw: [...new Uint8Array(Float32Array.from(values).buffer)] });
}

/** A constant of int64 numbers. */
export function integers(name: string, values: readonly number[]): number[] {
  const data = BigInt64Array.from(values, BigInt);
  return tensor({ name, dims: [values.length], type: INT64, raw: [...new Uint8Array(data.buffer)] });
}

/** An operator; attributes are integers or lists of them. */
export function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): number[] {
  const attribute = ([name, of]: [string, number | readonly number[]]) =>
    typeof of === "number"
      ? [...text(1, name), ...integer(3, of), ...integer(20, 2)]
      : [...text(1, name), ...of.flatMap((each) => integer(8, each)), ...integer(20, 7)];
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...outputs.flatMap((name) => text(2, name)),
    ...text(4, op),
    ...Object.entries(attributes).flatMap((entry) => message(5, attribute(entry))),
  ];
}

export interface GraphParts {
  readonly inputs?: readonly Value[];
  readonly outputs?: readonly Value[];
  readonly constants?: readonly Bytes[];
  readonly nodes?: readonly Bytes[];
}

export function graph({ inputs = [], outputs = [], constants = [], nodes = [] }: GraphParts): number[] {
  return [
    ...nodes.flatMap((each) => message(1, each)),
    ...text(2, "graph"),
    ...constants.flatMap((each) => message(5, each)),
    ...inputs.flatMap((each) => message(11, value(each))),
    ...outputs.flatMap((each) => message(12, value(each))),
  ];
}

/** A whole file, opset 17. Without inputs and outputs of its own it gives one number. */
export function model(parts: GraphParts): Uint8Array {
  return Uint8Array.from([
    ...integer(1, 8),
    ...message(8, integer(2, 17)),
    ...message(7, graph({ ...ANY_OUTPUT, ...parts })),
  ]);
}

const ANY_OUTPUT: GraphParts = { outputs: [["out", [1]]] };
