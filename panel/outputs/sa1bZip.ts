import { MasksmithError } from "@masksmith/core";
import { Zip, ZipDeflate } from "fflate";
import type { FileToSave } from "../host.js";
import { type FileItem, type FilePicture, sa1bFile } from "./files.js";

/** SA-1B's records of several pictures, one file each, packed as one: browsers may refuse many downloads at once. */
export async function sa1bZip(
  pictures: readonly { readonly picture: FilePicture; readonly items: readonly FileItem[] }[],
  progress: (fraction: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<FileToSave> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let failure: Error | null = null;
  const zip = new Zip((error, part) => {
    failure ??= error;
    parts.push(part as Uint8Array<ArrayBuffer>);
  });
  const taken = new Set<string>();
  for (const [done, { picture, items }] of pictures.entries()) {
    if (signal?.aborted) throw new MasksmithError("aborted", "The operation was cancelled");
    const { suggestedName, bytes } = sa1bFile(picture, items);
    const file = new ZipDeflate(freeName(suggestedName, taken), { level: 6 });
    zip.add(file);
    file.push(bytes, true);
    progress((done + 1) / pictures.length);
    await new Promise((resolve) => setTimeout(resolve));
  }
  zip.end();
  if (failure) throw failure;
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return { suggestedName: "sa-1b.zip", type: "application/zip", bytes };
}

/** `a.png` and `a.jpg` both ask for `a.json`. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let n = 2; taken.has(name.toLowerCase()); n++) name = wanted.replace(/(\.[^.]*)?$/, `-${n}$1`);
  taken.add(name.toLowerCase());
  return name;
}
