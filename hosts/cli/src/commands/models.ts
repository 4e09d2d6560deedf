import { PUBLIC_MODELS, type PublicModel, verifyModel } from "@masksmith/core";
import { findModel, knownModels } from "../models/index.js";
import { print } from "../terminal.js";

export interface ModelsOptions {
  readonly json?: true;
  /** Only for `list`: no others. */
  readonly known?: true;
}

/** `masksmith models list`: the user's models, and the public ones that could be. */
export async function listModels({ json, known }: ModelsOptions): Promise<void> {
  if (known) {
    await print(json ? document({ known: PUBLIC_MODELS }) : `${PUBLIC_MODELS.map(publicLine).join("\n")}\n`);
    return;
  }
  const rows = (await knownModels()).map(({ manifest, location }) => ({
    id: manifest.id,
    name: manifest.name,
    version: manifest.version,
    encoders: Object.keys(manifest.encoders),
    bytes: totalBytes(manifest.files),
    location,
  }));
  const lines = rows.map(
    (row) =>
      `${row.id}  ${row.name} ${row.version}, ${megabytes(row.bytes)}, ${row.encoders.join(" and ")} (${row.location})`,
  );
  const had = new Set(rows.map(({ id }) => id));
  const others = PUBLIC_MODELS.filter(({ id }) => !had.has(id));
  if (json) await print(document({ models: rows, known: others }));
  else await print(`${[...lines, "", KNOWN, ...others.map(publicLine)].join("\n")}\n`);
}

const KNOWN = "Known public models; nothing is downloaded unless you ask (masksmith models get ID):";

function publicLine({ id, name, family, licence, page, kind, files }: PublicModel): string {
  const about = files.some(({ bytes }) => bytes === undefined) ? "about " : "";
  const bytes = files.reduce((sum, file) => sum + (file.bytes ?? file.about ?? Number.NaN), 0);
  const hashed = files.every(({ sha256 }) => sha256) ? "hash known" : "hash not known";
  return `${id}  ${name}, ${family}, ${kind}, ${about}${megabytes(bytes)}, ${licence}, ${hashed}, ${page}`;
}

/** `masksmith models info ID` */
export async function showModel(id: string, { json }: ModelsOptions): Promise<void> {
  const { manifest, location } = await findModel(id);
  const { name, version, family, licence, provenance, files, encoders, input } = manifest;
  if (json) {
    const encoderNames = Object.keys(encoders);
    await print(
      document({ id, name, version, family, licence, provenance, location, encoders: encoderNames, input, files }),
    );
    return;
  }
  const lines = [
    `${id}: ${name} ${version}, family ${family} (${location})`,
    `licence     ${[licence.spdx, licence.note].filter(Boolean).join(". ")}`,
    `provenance  ${provenance}`,
    `input       ${input.size} x ${input.size} pixels`,
    ...Object.entries(encoders).map(([key, { file, arithmetic }]) => `encoder     ${key}: ${arithmetic}, ${file}`),
    ...Object.entries(files).map(
      ([file, { bytes, sha256 }]) => `file        ${file}: ${bytes} bytes, sha256 ${sha256}`,
    ),
  ];
  await print(`${lines.join("\n")}\n`);
}

/** `masksmith models verify ID` */
export async function verifyModels(id: string, { json }: ModelsOptions): Promise<void> {
  const { source } = await findModel(id);
  const files = await verifyModel(source);
  const lines = files.map(({ file, bytes }) => `${file}: ${bytes} bytes, sha256 as expected`);
  await print(json ? document({ model: id, files }) : `${lines.join("\n")}\n${id} is whole\n`);
}

function totalBytes(files: Readonly<Record<string, { readonly bytes: number }>>): number {
  return Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function document(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
