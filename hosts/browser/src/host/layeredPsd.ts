import type { Host } from "@masksmith/panel/host";
import type { DocumentState } from "../document/index.js";
import type { BrowserHost } from "./browserHost.js";

type WritePsd = (state: DocumentState, signal?: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>;

/** Photoshop files of the host's open document with a result put in; the document itself stays as it is. */
export function layeredPsd(host: BrowserHost, write: WritePsd): NonNullable<Host["psd"]> {
  return async (request, signal) => {
    const document = host.asked(request);
    const { state } = await document.after(request, signal, host.recolour);
    const suggestedName = `${document.name.replace(/\.[^.]*$/, "")}-layers`;
    return { suggestedName, type: "image/vnd.adobe.photoshop", bytes: await write(state, signal) };
  };
}
