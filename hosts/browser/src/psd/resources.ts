import type { Sections } from "./sections.js";

/** A block of the image resources section. */
export interface Resource {
  readonly id: number;
  readonly name: string;
  readonly data: Uint8Array;
}

const SIGNATURE = [0x38, 0x42, 0x49, 0x4d];

/** All image resource blocks, copied. Stops at the first that is not well formed: what follows cannot be trusted. */
export function readResources({ view, resources }: Sections): Resource[] {
  const found: Resource[] = [];
  for (let at = resources.from; at + 12 <= resources.to; ) {
    if (SIGNATURE.some((byte, i) => view.getUint8(at + i) !== byte)) break;
    const id = view.getUint16(at + 4);
    const nameLength = view.getUint8(at + 6);
    const name = String.fromCharCode(...bytesAt(view, at + 7, nameLength));
    const lengthAt = at + 6 + even(1 + nameLength);
    const length = view.getUint32(lengthAt);
    if (lengthAt + 4 + length > resources.to) break;
    found.push({ id, name, data: bytesAt(view, lengthAt + 4, length).slice() });
    at = lengthAt + 4 + even(length);
  }
  return found;
}

/** Image resource blocks as bytes, to be put at the end of the section. */
export function writeResources(resources: readonly Resource[]): Uint8Array<ArrayBuffer> {
  const size = (resource: Resource) => 10 + even(1 + pascal(resource.name).length) + even(resource.data.length);
  const out = new Uint8Array(resources.reduce((sum, resource) => sum + size(resource), 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const resource of resources) {
    const name = pascal(resource.name);
    out.set(SIGNATURE, at);
    view.setUint16(at + 4, resource.id);
    out[at + 6] = name.length;
    out.set(name, at + 7);
    const lengthAt = at + 6 + even(1 + name.length);
    view.setUint32(lengthAt, resource.data.length);
    out.set(resource.data, lengthAt + 4);
    at += size(resource);
  }
  return out;
}

/** A name in at most 255 bytes; the field has no Unicode. */
function pascal(name: string): Uint8Array {
  return Uint8Array.from([...name].slice(0, 255), (letter) => {
    const code = letter.codePointAt(0) ?? 0;
    return code < 256 ? code : 0x3f;
  });
}

function bytesAt(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

function even(length: number): number {
  return length + (length & 1);
}
