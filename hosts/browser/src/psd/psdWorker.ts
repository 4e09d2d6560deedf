import { MasksmithError, messageOf } from "@masksmith/core";
import { everyBuffer } from "./buffers.js";
import type { PsdReply, PsdRequest } from "./psdMessages.js";
import { readPsd } from "./readPsd.js";
import { writePsd } from "./writePsd.js";

/** Entry of the worker that reads and writes Photoshop files: a classic script, one file each, then it ends. */
self.addEventListener("message", ({ data }: MessageEvent<PsdRequest>) => {
  try {
    const value = data.kind === "read" ? readPsd(data.bytes, data.name, progressSender()) : writePsd(data.state);
    self.postMessage({ ok: true, value } satisfies PsdReply, { transfer: everyBuffer(value) });
  } catch (error) {
    const kind = error instanceof MasksmithError ? error.kind : "runtime";
    const message = messageOf(error);
    self.postMessage({ ok: false, kind, message } satisfies PsdReply);
  }
});

/** Sends each tenth once: what is shown of it is read out too. */
function progressSender(): (fraction: number) => void {
  let sent = 0;
  return (fraction) => {
    const tenths = Math.floor(fraction * 10);
    if (tenths <= sent) return;
    sent = tenths;
    self.postMessage({ progress: tenths / 10 } satisfies PsdReply);
  };
}
