import type { HostDocument } from "../../host.js";
import { array, fields, isText, type StoredWork } from "../../state/index.js";

/** The work on one document as the host keeps it. */
export interface StoredDocument {
  readonly id: string;
  /** The host's session that the id is of; null where each page starts its ids again. */
  readonly session: string | null;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Content hashes of the picture in the states that it was read in; none if it was not read in time. */
  readonly pictures: readonly string[];
  readonly work: StoredWork;
}

/** States of a picture that are told apart, the first among them: each applied mask may make one. */
const PICTURES = 32;

export function withPicture(pictures: readonly string[], picture: string): readonly string[] {
  const [first, ...later] = pictures;
  if (first === undefined || first === picture) return [picture, ...later];
  return [first, ...later.filter((other) => other !== picture).slice(2 - PICTURES), picture];
}

/** Storage is not trusted; the work itself is checked when it is read. */
export function readStored(stored: unknown): readonly StoredDocument[] {
  return array(stored).flatMap((value) => {
    const { id, session, name, width, height, pictures, work } = fields(value);
    if (!isText(id) || !isText(name) || !Number.isFinite(width) || !Number.isFinite(height)) return [];
    const size = { width: width as number, height: height as number };
    const seen = array(pictures).filter(isText);
    const known = isText(session) ? session : null;
    return [{ id, session: known, name, ...size, pictures: seen, work: work as StoredWork }];
  });
}

/** The stored work on this very document, which the host has kept open while the page was reloaded. */
export function ofDocument(
  stored: readonly StoredDocument[],
  document: HostDocument,
  session: string | null,
): StoredDocument | null {
  const isIt = (other: StoredDocument) => other.session === session && other.id === document.id;
  return (session !== null && stored.find((other) => isIt(other) && isAlike(other, document))) || null;
}

/** The stored work on a document of this name, size and picture; one whose picture was never read may be it. */
export function ofPicture(
  stored: readonly StoredDocument[],
  document: HostDocument,
  picture: string,
): StoredDocument | null {
  const alike = stored.filter((other) => isAlike(other, document));
  const same = alike.find(({ pictures }) => pictures.includes(picture));
  return same ?? alike.find(({ pictures }) => pictures.length === 0) ?? null;
}

function isAlike(a: StoredDocument, b: HostDocument): boolean {
  return a.name === b.name && a.width === b.width && a.height === b.height;
}
