import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The repository's folder. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A project as somebody else begins one: an empty folder in which the packed packages have been installed. */
export interface FreshProject {
  readonly folder: string;
  /** Runs a program of Node in the folder; gives what it writes to standard output. */
  node(...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** @param tools further packages, `name@version`, from the registry. */
export async function freshProject(tools: readonly string[] = []): Promise<FreshProject> {
  const folder = await mkdtemp(join(tmpdir(), "masksmith-project-"));
  const packed = await Promise.all(
    ["core", "models/minisam-vit-t"].map(async (of) => {
      const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
      const { stdout } = await run("npm", pack, { cwd: join(root, of) });
      return `./${(JSON.parse(stdout) as { filename: string }[])[0].filename}`;
    }),
  );
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund"];
  await run("npm", ["install", ...quiet, ...packed, ...tools], { cwd: folder });
  return {
    folder,
    node: async (...args) => (await run(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 })).stdout,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
