import { MasksmithError } from "../../errors.js";

/** Bytes that can be read anywhere: a file, or an array. */
export interface ByteSource {
  readonly bytes: number;
  /** `length` bytes from `offset`, fewer at the end. */
  read(offset: number, length: number): Uint8Array;
}

/** An array as a source. */
export function bytesSource(data: Uint8Array): ByteSource {
  return { bytes: data.length, read: (offset, length) => data.subarray(offset, offset + length) };
}

/** One field of a protobuf message. Of a length-delimited field `value` is the length and `at` where its content starts. */
export interface Field {
  readonly number: number;
  readonly wire: number;
  readonly value: number;
  /** The lower 32 bits of a number: all that protobuf takes of one for a field of 32 bits, or an enumeration. */
  readonly low: number;
  readonly at: number;
}

interface Varint {
  readonly value: number;
  readonly low: number;
  /** Whether it is as short as can be, as every writer of protobuf makes it. */
  readonly canonical: boolean;
  readonly end: number;
}

/** Bytes that protobuf reads of a number, and of a field's tag or length. */
const NUMBER_BYTES = 10;
const TAG_BYTES = 5;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** What is looked at together; contents that nobody asks for are jumped over. */
const CHUNK = 4096;
/** Fields of a whole file: a graph of a large model has some ten thousand. */
const MOST_FIELDS = 4_000_000;
/** Longest text that is taken: names of tensors and files. */
const LONGEST_TEXT = 4096;

/**
 * Reads protobuf messages field by field out of untrusted bytes: nothing is allocated by what the file claims, every length is
 * checked against the message around it, and the number of fields is bounded.
 */
export class ProtobufReader {
  readonly #source: ByteSource;
  #chunk: Uint8Array = new Uint8Array(0);
  #chunkAt = 0;
  #fields = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get bytes(): number {
    return this.#source.bytes;
  }

  /** The fields of the message that lies in `from`..`to`. @throws MasksmithError `model` at the first that is none. */
  *fields(from: number, to: number): Generator<Field> {
    let at = from;
    while (at < to) {
      if (++this.#fields > MOST_FIELDS) throw damaged(at, `more than ${MOST_FIELDS} fields`);
      const tag = this.#varint(at, to, TAG_BYTES);
      // Protobuf drops what is over 32 bits: such a tag would be another field to it than to others.
      if (!tag.canonical || tag.value >= 2 ** 32) throw damaged(at, "a field's number in an unusual form");
      const number = Math.floor(tag.value / 8);
      const wire = tag.value % 8;
      if (number === 0) throw damaged(at, "a field without number");
      at = tag.end;
      if (wire === VARINT) {
        const { value, low, end } = this.#varint(at, to);
        yield { number, wire, value, low, at };
        at = end;
        continue;
      }
      let length: number;
      if (wire === LENGTH) {
        const size = this.#varint(at, to, TAG_BYTES);
        at = size.end;
        length = size.value;
      } else if (wire === FIXED64 || wire === FIXED32) length = wire === FIXED64 ? 8 : 4;
      else throw damaged(at, `wire type ${wire}`);
      if (length > to - at) throw damaged(at, `${length} bytes where ${to - at} are left`);
      yield { number, wire, value: length, low: length, at };
      at += length;
    }
  }

  /** The numbers of a repeated integer field, packed or single. */
  integers(field: Field): number[] {
    if (field.wire === VARINT) return [field.value];
    const values: number[] = [];
    for (let at = field.at; at < field.at + field.value; ) {
      const { value, end } = this.#varint(at, field.at + field.value);
      if (values.push(value) > 64) throw damaged(at, "more than 64 dimensions");
      at = end;
    }
    return values;
  }

  /** The text of a length-delimited field. */
  text({ at, value, wire }: Field): string {
    if (wire !== LENGTH || value > LONGEST_TEXT) throw damaged(at, `a name of ${value} bytes`);
    const bytes = this.#source.read(at, value);
    let text = "";
    for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]);
    return fromUtf8(text);
  }

  /**
   * A number as protobuf reads it (google/protobuf/parse_context.h, `VarintParse`): 64 bits at most, what is over them dropped.
   * Integers beyond 2^53 come out rounded: none that matters is so large.
   */
  #varint(from: number, to: number, most = NUMBER_BYTES): Varint {
    let value = 0;
    let low = 0;
    for (let i = 0; i < most; i++) {
      const at = from + i;
      if (at >= to) throw damaged(from, "a number that does not end");
      const byte = this.#byte(at);
      const bits = i === NUMBER_BYTES - 1 ? byte & 1 : byte & 0x7f;
      value += bits * 2 ** (7 * i);
      if (i < 5) low = (low | (bits << (7 * i))) >>> 0;
      if (byte < 0x80) return { value, low, canonical: i === 0 || byte > 0, end: at + 1 };
    }
    throw damaged(from, `a number of more than ${most} bytes`);
  }

  #byte(at: number): number {
    if (at < this.#chunkAt || at >= this.#chunkAt + this.#chunk.length) {
      this.#chunk = this.#source.read(at, CHUNK);
      this.#chunkAt = at;
      if (this.#chunk.length === 0) throw damaged(at, "the end of the file");
    }
    return this.#chunk[at - this.#chunkAt];
  }
}

/** The error of a file that is no ONNX graph. */
export function damaged(at: number, found: string): MasksmithError {
  return new MasksmithError("model", `not a complete ONNX graph: ${found} at byte ${at}`);
}

/** Bytes as Latin-1 text to the text they stand for in UTF-8; as they are, where they are none. */
function fromUtf8(latin: string): string {
  if (!/[\x80-\xff]/.test(latin)) return latin;
  try {
    return decodeURIComponent([...latin].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, "0")}`).join(""));
  } catch {
    return latin;
  }
}
