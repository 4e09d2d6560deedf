const EXTENSIONS: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/svg+xml": "svg",
  "image/vnd.adobe.photoshop": "psd",
  "application/json": "json",
  "application/zip": "zip",
};

/** The name with the extension its type asks for. */
export function fileName(suggested: string, type: string): string {
  const extension = EXTENSIONS[type.split(";")[0]];
  const safe = suggested.replaceAll(/[\\/:*?"<>|\p{Cc}]/gu, "_") || "masksmith";
  return extension && !safe.toLowerCase().endsWith(`.${extension}`) ? `${safe}.${extension}` : safe;
}

/** Hands bytes to the browser's downloads. */
export function download(bytes: Uint8Array, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName(name, type);
  link.click();
  // The browser reads the blob after the click; a minute is enough for any disk.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
