import { decodeBase64 } from "./decodeBase64.js";

/** Where the `*.b64.js` scripts leave their text, in base64. */
interface AssetScope {
  masksmithAssets?: Record<string, AssetPart>;
}

interface AssetPart {
  /** How many scripts the file is made of. */
  readonly parts: number;
  /** Bytes of the whole file. */
  readonly bytes: number;
  readonly text: string;
}

/** Runs one of a file's scripts, by its address below the assets' folder. */
export type RunScript = (script: string) => Promise<void> | void;

/** The bytes of a file, put together from its scripts (`build/assets.mjs`). @throws Error if one is not there or damaged. */
export async function readAsset(name: string, run: RunScript): Promise<Uint8Array<ArrayBuffer>> {
  const first = await readPart(name, 0, run);
  const bytes = new Uint8Array(first.bytes);
  let end = 0;
  for (let part = 0; part < first.parts; part++) {
    const { text } = part === 0 ? first : await readPart(name, part, run);
    const decoded = decodeBase64(text);
    bytes.set(decoded, end);
    end += decoded.length;
  }
  if (end !== bytes.length) throw new Error(`${name} has ${end} bytes instead of ${bytes.length}`);
  return bytes;
}

async function readPart(name: string, part: number, run: RunScript): Promise<AssetPart> {
  await run(`${name}${part === 0 ? "" : `.${part}`}.b64.js`);
  const assets = (globalThis as AssetScope).masksmithAssets ?? {};
  const carried = assets[name];
  delete assets[name];
  if (carried === undefined) throw new Error(`${name} is damaged`);
  return carried;
}
