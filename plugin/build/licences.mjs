import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";

/**
 * Packages that bring no file with their licence: its text lies in `plugin/licences` (from the same release), or is the
 * one named here.
 */
const TEXTS = [
  [/^onnxruntime-(web|common)$/, /^MIT$/, "plugin/licences/onnxruntime.txt"],
  // One project under the Apache licence; the theme's package says ISC.
  [/^@spectrum-web-components\//, /^(Apache-2\.0|ISC)$/, "LICENSE"],
];
const RULE = "-".repeat(100);

/**
 * Writes the licences of all packages that were bundled (`third-party.txt`, each text once) and of what onnxruntime's
 * WebAssembly is built from.
 * @param {string} root of the repository
 * @param {readonly string[]} inputs paths of bundled files, relative to it
 * @param {string} folder
 * @throws Error if a package's licence is not known, so that nothing is shipped without
 */
export async function writeLicences(root, inputs, folder) {
  /** @type {Map<string, string[]>} */
  const packages = new Map();
  for (const name of packagesOf(inputs)) {
    const { heading, text } = await licenceOf(root, name);
    packages.set(text, [...(packages.get(text) ?? []), heading]);
  }
  const sections = [...packages].map(([text, headings]) => `${headings.join("\n")}\n\n${text.trim()}\n`);
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/third-party.txt`, sections.join(`\n${RULE}\n\n`));
  await copyFile(`${root}/plugin/licences/onnxruntime-third-party.txt`, `${folder}/onnxruntime-third-party.txt`);
}

/** @returns {readonly string[]} */
function packagesOf(inputs) {
  const names = inputs.flatMap((path) => {
    const found = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
    return found ? [found[1]] : [];
  });
  return [...new Set(names)].sort();
}

async function licenceOf(root, name) {
  const folder = `${root}/node_modules/${name}`;
  const { version, license } = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
  const heading = `${name} ${version} (${license})`;
  const file = (await readdir(folder)).sort().find((one) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(one));
  if (file) return { heading, text: await readFile(`${folder}/${file}`, "utf8") };
  const known = TEXTS.find(([pattern, spdx]) => pattern.test(name) && spdx.test(license));
  if (!known) throw new Error(`${heading} brings no licence text: add it to plugin/build/licences.mjs`);
  return { heading, text: await readFile(`${root}/${known[2]}`, "utf8") };
}
