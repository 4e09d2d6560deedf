import { readAsset } from "./assetParts.js";

/** Begins the names of the workers that read assets: by it the one script of all workers knows its part. */
export const ASSET_WORKER = "masksmith-assets";

/** Asks for a file: its name, and the address of the folder. */
export interface AssetRequest {
  readonly name: string;
  readonly folder: string;
}

export interface AssetReply {
  readonly name: string;
  /** Absent: it could not be read here. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

export function isAssetWorker(): boolean {
  return self.name.startsWith(ASSET_WORKER);
}

/** Reads files for the page, all its life: texts of many megabytes stay away from the page's thread and its heap. */
export function serveAssets(): void {
  let last: Promise<void> = Promise.resolve();
  self.addEventListener("message", ({ data }: MessageEvent<AssetRequest>) => {
    last = last.then(() => answer(data));
  });
}

async function answer({ name, folder }: AssetRequest): Promise<void> {
  const { importScripts } = self as unknown as { importScripts(address: string): void };
  const reply: AssetReply = await readAsset(name, (script) => importScripts(folder + script)).then(
    (bytes) => ({ name, bytes }),
    () => ({ name }),
  );
  self.postMessage(reply, { transfer: reply.bytes ? [reply.bytes.buffer] : [] });
}
