import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

/**
 * A release without publishing: versions agree, every public package packs and passes publint and arethetypeswrong, sizes are
 * listed. Tarballs lie in out/release afterwards. Exit code 1 if something is wrong. Run `npm run build` first.
 */
const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "out/release");
const problems = [];
const say = (line) => process.stdout.write(`${line}\n`);
const json = async (path) => JSON.parse(await readFile(join(root, path), "utf8"));

const whole = await json("package.json");
const packages = await Promise.all(
  whole.workspaces.map(async (folder) => ({ folder, info: await json(`${folder}/package.json`) })),
);

await checkVersions();
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
for (const { folder, info } of packages) if (!info.private) await checkPackage(folder, info);
await listSizes();
for (const problem of problems) process.stderr.write(`wrong: ${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Models have versions of their own; everything else carries the root's. Packages name each other by exact version. */
async function checkVersions() {
  const versions = new Map(packages.map(({ info }) => [info.name, info.version]));
  const product = packages.filter(({ folder }) => !folder.startsWith("models/"));
  const others = [...product.map(({ folder, info }) => [folder, info.version])];
  others.push(["manifest.json", (await json("manifest.json")).version]);
  for (const [where, version] of others)
    if (version !== whole.version) problems.push(`${where} has version ${version}, package.json ${whole.version}`);
  for (const { folder, info } of packages)
    for (const [name, asked] of Object.entries(info.dependencies ?? {}))
      if (versions.has(name) && versions.get(name) !== asked)
        problems.push(`${folder} asks for ${name} ${asked}, which has version ${versions.get(name)}`);
  const changes = await readFile(join(root, "CHANGELOG.md"), "utf8");
  if (!changes.includes(`## [${whole.version}]`)) problems.push(`CHANGELOG.md has no entry for ${whole.version}`);
  say(`version ${whole.version}`);
}

async function checkPackage(folder, info) {
  const cwd = join(root, folder);
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", out], { cwd });
  const [{ filename, size, unpackedSize, files }] = JSON.parse(stdout);
  say(
    `${info.name} ${info.version}: ${files.length} files, ${megabytes(size)} packed, ${megabytes(unpackedSize)} unpacked`,
  );
  const bytes = await readFile(join(out, filename));
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages } = await publint({ pack: { tarball }, strict: true });
  for (const message of messages)
    if (message.type !== "suggestion") problems.push(`${info.name}: ${formatMessage(message, info, { color: false })}`);
  if (!info.exports) return; // A program has no types.
  const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const words = [
    attw,
    join(out, filename),
    "--profile",
    "esm-only",
    "--format",
    "ascii",
    "--no-color",
    "--entrypoints",
    ".",
  ];
  await run(process.execPath, words).catch((error) =>
    problems.push(`${info.name}, its types:\n${error.stdout ?? error}`),
  );
}

async function listSizes() {
  say(`page (hosts/browser/dist): ${megabytes(await bytesIn(join(root, "hosts/browser/dist")))}`);
  const plugin = await stat(join(root, "dist/masksmith.ccx")).catch(() => null);
  say(
    plugin
      ? `dist/masksmith.ccx: ${megabytes(plugin.size)}`
      : "dist/masksmith.ccx: not there, `npm run package` makes it",
  );
}

async function bytesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
