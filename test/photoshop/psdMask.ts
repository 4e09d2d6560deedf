import Psd, { type Layer as FileLayer, type NodeChild } from "@webtoon/psd";
import type { DocumentState } from "../../hosts/browser/src/document/model.js";
import { writePsd } from "../../hosts/browser/src/psd/index.js";

/** A layer's mask on the canvas (that reader gives it as RGBA), from the document as a file and through another reader. */
export async function maskInFile(state: DocumentState, name: string): Promise<Uint8Array> {
  const bytes = writePsd(state);
  const psd = Psd.parse(bytes.buffer as ArrayBuffer);
  const layer = find(psd.children, name);
  if (!layer) throw new Error(`The file has no layer ${name}`);
  const { width, height } = state;
  const out = new Uint8Array(width * height);
  const mask = await layer.userMask();
  const { left, top, right, bottom } = layer.maskData as unknown as Record<"left" | "top" | "right" | "bottom", number>;
  if (!mask) throw new Error(`The layer ${name} has no mask`);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) out[y * width + x] = mask[((y - top) * (right - left) + x - left) * 4];
  }
  return out;
}

function find(children: readonly NodeChild[], name: string): FileLayer | null {
  for (const child of children) {
    if (child.type === "Layer" && child.name === name) return child;
    const found = child.type === "Group" ? find(child.children, name) : null;
    if (found) return found;
  }
  return null;
}
