import { readdir, stat } from "node:fs/promises";
import { extname, join, posix, resolve } from "node:path";
import { invalid } from "@masksmith/core";
import { reasonOf } from "../failure.js";

const EXTENSIONS = new Set([".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"]);

/**
 * The pictures in a folder and its subfolders, as paths relative to it with "/" between names, sorted. Names that start with
 * a dot are left out; links to files are followed, links to folders are not, so there are no circles.
 * @param except a folder that is not looked into: results may lie among the pictures.
 * @param onSkipped hears, in a line, of a subfolder that cannot be read: the rest is worked on.
 * @throws MasksmithError `input` if the folder itself cannot be read.
 */
export async function findPictures(
  folder: string,
  except: string,
  onSkipped: (line: string) => void = () => {},
): Promise<string[]> {
  const found: string[] = [];
  const skipped = resolve(except);
  const visit = async (inside: string) => {
    const entries = await readdir(join(folder, inside), { withFileTypes: true }).catch((cause) => {
      if (inside === "") throw invalid("folder", `one that can be read (${reasonOf(cause)})`, folder);
      onSkipped(`skipped the folder ${join(folder, inside)}: ${reasonOf(cause)}`);
      return [];
    });
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const path = posix.join(inside, entry.name);
      if (entry.isDirectory()) {
        if (resolve(folder, path) !== skipped) await visit(path);
      } else if (EXTENSIONS.has(extname(entry.name).toLowerCase()) && (await isFile(entry, join(folder, path)))) {
        found.push(path);
      }
    }
  };
  await visit("");
  return found.sort();
}

async function isFile(entry: { isFile(): boolean; isSymbolicLink(): boolean }, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return stat(path).then(
    (target) => target.isFile(),
    // A dangling link is listed as a failed picture when it is opened.
    () => true,
  );
}
