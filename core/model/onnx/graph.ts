import { type ByteSource, damaged, type Field, ProtobufReader } from "./reader.js";

/** A graph's input or output as its file declares it. */
export interface ValueInfo {
  readonly name: string;
  /** Name of the element type, e.g. `float32`. */
  readonly type: string;
  /** Sizes; names of free dimensions; undefined where the file does not say the rank. */
  readonly shape: readonly (number | string)[] | undefined;
}

/** Where a tensor's data lies outside the graph's file. */
export interface ExternalData {
  readonly tensor: string;
  readonly location: string;
  readonly offset: number;
  /** Bytes; undefined: to the end of the file. */
  readonly length: number | undefined;
}

/** What is known of an ONNX file without running it. */
export interface GraphInfo {
  /** Inputs without those that are constants of the graph. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly external: readonly ExternalData[];
  /** Bytes of all constants as they are computed with: what is stored in 16 bits becomes single precision when it is loaded. */
  readonly weights: number;
  /** Operator domains beside ONNX's own. */
  readonly domains: readonly string[];
  readonly producer: string;
}

/** TensorProto.DataType by number: name, bits an element. */
const TYPES: Readonly<Record<number, readonly [string, number]>> = {
  1: ["float32", 32],
  2: ["uint8", 8],
  3: ["int8", 8],
  4: ["uint16", 16],
  5: ["int16", 16],
  6: ["int32", 32],
  7: ["int64", 64],
  8: ["string", 0],
  9: ["bool", 8],
  10: ["float16", 16],
  11: ["float64", 64],
  12: ["uint32", 32],
  13: ["uint64", 64],
  16: ["bfloat16", 16],
};

/** Types in which weights are stored, but not computed with: 16-bit integers with a scale, half precision. */
const STORED_SHORT = [4, 5, 10, 16];

/** Graphs within graphs: loops and branches. */
const DEEPEST = 16;

interface Found {
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
  readonly external: ExternalData[];
  readonly domains: Set<string>;
  readonly constants: Set<string>;
  weights: number;
  producer: string;
  graphs: number;
}

/**
 * Reads the declarations of an ONNX file (onnx/onnx.proto): inputs, outputs, and where constants lie. The constants themselves
 * are jumped over, so it is fast for any size. Nothing in the file is trusted.
 * @throws MasksmithError `model` in one line if the file is damaged, or claims constants that it does not hold.
 */
export function readGraphInfo(source: ByteSource): GraphInfo {
  const reader = new ProtobufReader(source);
  const found: Found = {
    inputs: [],
    outputs: [],
    external: [],
    domains: new Set(),
    constants: new Set(),
    weights: 0,
    producer: "",
    graphs: 0,
  };
  for (const field of reader.fields(0, reader.bytes)) {
    if (field.number === 2 && field.wire === 2) found.producer = reader.text(field);
    if (field.number === 7 && field.wire === 2) readGraph(reader, field, found, 0);
    if (field.number === 25 && field.wire === 2) readFunction(reader, field, found);
  }
  if (found.graphs === 0) throw damaged(reader.bytes, "no graph before the end");
  const { external, weights, producer } = found;
  const inputs = found.inputs.filter(({ name }) => !found.constants.has(name));
  if (inputs.length === 0 && found.outputs.length === 0) {
    throw damaged(reader.bytes, "neither inputs nor outputs before the end");
  }
  return { inputs, outputs: found.outputs, external, weights, domains: [...found.domains], producer };
}

function readGraph(reader: ProtobufReader, graph: Field, found: Found, depth: number): void {
  if (depth > DEEPEST) throw damaged(graph.at, `graphs nested more than ${DEEPEST} deep`);
  found.graphs++;
  for (const field of reader.fields(graph.at, graph.at + graph.value)) {
    if (field.wire !== 2) continue;
    if (field.number === 1) readNode(reader, field, found, depth);
    if (field.number === 5) readTensor(reader, field, found, depth === 0);
    if (field.number === 15) readSparse(reader, field, found);
    if (depth > 0) continue;
    if (field.number === 11) found.inputs.push(readValue(reader, field));
    if (field.number === 12) found.outputs.push(readValue(reader, field));
  }
}

function readFunction(reader: ProtobufReader, field: Field, found: Found): void {
  for (const part of reader.fields(field.at, field.at + field.value)) {
    if (part.number === 7 && part.wire === 2) readNode(reader, part, found, 1);
    if (part.number === 11 && part.wire === 2) readAttribute(reader, part, found, 1);
  }
}

function readNode(reader: ProtobufReader, node: Field, found: Found, depth: number): void {
  for (const field of reader.fields(node.at, node.at + node.value)) {
    if (field.number === 5 && field.wire === 2) readAttribute(reader, field, found, depth);
    if (field.number === 7 && field.wire === 2 && field.value > 0) found.domains.add(reader.text(field));
  }
}

/** Attributes hold tensors, graphs and sparse tensors, single and in lists. */
function readAttribute(reader: ProtobufReader, attribute: Field, found: Found, depth: number): void {
  for (const field of reader.fields(attribute.at, attribute.at + attribute.value)) {
    if (field.wire !== 2) continue;
    if (field.number === 5 || field.number === 10) readTensor(reader, field, found, false);
    if (field.number === 6 || field.number === 11) readGraph(reader, field, found, depth + 1);
    if (field.number === 22 || field.number === 23) readSparse(reader, field, found);
  }
}

function readSparse(reader: ProtobufReader, sparse: Field, found: Found): void {
  for (const field of reader.fields(sparse.at, sparse.at + sparse.value)) {
    if ((field.number === 1 || field.number === 2) && field.wire === 2) readTensor(reader, field, found, false);
  }
}

function readTensor(reader: ProtobufReader, tensor: Field, found: Found, isConstant: boolean): void {
  const dims: number[] = [];
  const entries = new Map<string, string>();
  let name = "";
  let type = 0;
  let raw: number | undefined;
  let isExternal = false;
  for (const field of reader.fields(tensor.at, tensor.at + tensor.value)) {
    if (field.number === 1) dims.push(...reader.integers(field));
    if (field.number === 2 && field.wire === 0) type = field.low;
    if (field.number === 8 && field.wire === 2) name = reader.text(field);
    if (field.number === 9 && field.wire === 2) raw = field.value;
    if (field.number === 13 && field.wire === 2) entries.set(...readEntry(reader, field));
    // Of other values protobuf takes no notice: what was said before holds.
    if (field.number === 14 && field.wire === 0 && field.low <= 1) isExternal = field.low === 1;
  }
  if (isConstant) found.constants.add(name);
  const elements = dims.reduce((product, side) => product * side, 1);
  if (dims.length > 64 || !(elements < 2 ** 48)) throw damaged(tensor.at, `constant ${name} of ${dims.join("x")}`);
  const bytes = (elements * (TYPES[type]?.[1] ?? 0)) / 8;
  found.weights += STORED_SHORT.includes(type) ? 2 * bytes : bytes;
  if (isExternal || entries.has("location")) found.external.push(externalData(tensor, name, entries, bytes));
  else if (raw !== undefined && bytes > 0 && raw !== bytes) {
    throw damaged(tensor.at, `constant ${name} of ${dims.join("x")} claims ${bytes} bytes and holds ${raw}`);
  }
}

function externalData(at: Field, tensor: string, entries: ReadonlyMap<string, string>, bytes: number): ExternalData {
  const number = (key: string) => {
    const text = entries.get(key);
    if (text !== undefined && !/^\d{1,15}$/.test(text))
      throw damaged(at.at, `${key} ${JSON.stringify(text)} of ${tensor}`);
    return text === undefined ? undefined : Number(text);
  };
  const length = number("length");
  if (length !== undefined && length < bytes) {
    throw damaged(at.at, `constant ${tensor} claims ${bytes} bytes and lists ${length}`);
  }
  return { tensor, location: entries.get("location") ?? "", offset: number("offset") ?? 0, length: length ?? bytes };
}

function readEntry(reader: ProtobufReader, entry: Field): [string, string] {
  let key = "";
  let value = "";
  for (const field of reader.fields(entry.at, entry.at + entry.value)) {
    if (field.number === 1) key = reader.text(field);
    if (field.number === 2) value = reader.text(field);
  }
  return [key, value];
}

function readValue(reader: ProtobufReader, value: Field): ValueInfo {
  let name = "";
  let type = "";
  let shape: (number | string)[] | undefined;
  for (const field of reader.fields(value.at, value.at + value.value)) {
    if (field.number === 1) name = reader.text(field);
    if (field.number !== 2 || field.wire !== 2) continue;
    for (const kind of reader.fields(field.at, field.at + field.value)) {
      if (kind.number !== 1 || kind.wire !== 2) continue;
      for (const part of reader.fields(kind.at, kind.at + kind.value)) {
        if (part.number === 1) type = TYPES[part.low]?.[0] ?? `type ${part.low}`;
        if (part.number === 2 && part.wire === 2) shape = readShape(reader, part);
      }
    }
  }
  if (name === "") throw damaged(value.at, "an input or output without a name");
  return { name, type, shape };
}

function readShape(reader: ProtobufReader, shape: Field): (number | string)[] {
  const sides: (number | string)[] = [];
  for (const dim of reader.fields(shape.at, shape.at + shape.value)) {
    if (dim.number !== 1 || dim.wire !== 2) continue;
    let side: number | string = "?";
    for (const field of reader.fields(dim.at, dim.at + dim.value)) {
      // 0 and negative sizes (beyond 2^53 here) are some exporters' way to say "free".
      if (field.number === 1 && field.wire === 0 && field.value > 0 && field.value < 2 ** 31) side = field.value;
      if (field.number === 2 && field.wire === 2) side = reader.text(field);
    }
    if (sides.push(side) > 64) throw damaged(dim.at, "more than 64 dimensions");
  }
  return sides;
}
