import type { ErrorKind } from "@masksmith/core";
import type { DocumentState } from "../document/model.js";
import type { ReadPsd } from "./readPsd.js";

/** What crosses between the page and the worker that reads and writes Photoshop files. */
export type PsdRequest =
  | { readonly kind: "read"; readonly bytes: Uint8Array<ArrayBuffer>; readonly name: string }
  | { readonly kind: "write"; readonly state: DocumentState };

export type PsdReply =
  | { readonly progress: number }
  | { readonly ok: true; readonly value: ReadPsd | Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly kind: ErrorKind; readonly message: string };
