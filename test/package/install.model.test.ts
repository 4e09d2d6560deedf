import { copyFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixture } from "../support/pictures.js";
import { type FreshProject, freshProject, root } from "./support/project.js";

/** The README's example: the first JavaScript block after the heading that names the core. */
async function readmeExample(): Promise<string> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const section = readme.slice(readme.indexOf("## The core in ten lines"));
  const code = /```js\n([\s\S]*?)```/.exec(section)?.[1];
  if (!code) throw new Error("README.md has no example for the core");
  return code;
}

describe("the published packages", () => {
  let project: FreshProject;

  beforeAll(async () => {
    project = await freshProject();
    await copyFile(fixture("coffee.png"), join(project.folder, "photo.png"));
  });

  afterAll(() => project?.remove());

  test("segment a picture with the README's lines, in an empty Node project", async () => {
    // The example reads pixels with sharp, which every picture-reading project has in some form.
    await cp(join(root, "node_modules/sharp"), join(project.folder, "node_modules/sharp"), { recursive: true });
    for (const name of ["@img", "detect-libc", "semver"]) {
      await cp(join(root, "node_modules", name), join(project.folder, "node_modules", name), { recursive: true });
    }
    await writeFile(join(project.folder, "example.js"), await readmeExample());
    const stdout = await project.node("example.js");
    const area = Number(/(\d+) pixels/.exec(stdout)?.[1]);
    // The cup and its saucer, as the official predictor has it at this point.
    expect(area).toBeGreaterThan(100_000);
    expect(area).toBeLessThan(125_000);
  });

  test("type-check in a strict project without the web's types, libraries included", async () => {
    const source = [
      'import { createEngine } from "@masksmith/core";',
      'import { model } from "@masksmith/model-minisam-vit-t";',
      "export const names: string[] = Object.keys(model.manifest.files);",
      "export const engine = createEngine({ model, onProgress: ({ fraction }) => void fraction });",
    ];
    await writeFile(join(project.folder, "types.ts"), source.join("\n"));
    const strict = ["--strict", "--noEmit", "--skipLibCheck", "false", "--lib", "ES2023", "--types", ""];
    const modern = ["--module", "NodeNext", "--target", "ES2022", "--pretty", "false"];
    const tsc = join(root, "node_modules/@typescript/native/bin/tsc");
    const said = await project.node(tsc, ...strict, ...modern, "types.ts").catch((error) => String(error.stdout));
    // The libraries' own types want the web's.
    const ours = said.split("\n").filter((line) => /^(types\.ts|node_modules.@masksmith)/.test(line));
    expect(ours).toEqual([]);
  });
});
