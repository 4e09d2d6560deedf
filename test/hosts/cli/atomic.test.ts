import { chmod, mkdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MasksmithError } from "@masksmith/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkWritable, writeAll } from "../../../hosts/cli/src/io/atomic.js";
import { filesIn, temporaryFolder } from "./cli.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

const output = (path: string, text = "new") => ({ path, bytes: new TextEncoder().encode(text) });
const read = (name: string) => readFile(folder.file(name), "utf8");

describe("writeAll", () => {
  test("writes all files, makes folders, replaces what was there, leaves nothing else", async () => {
    await writeFile(folder.file("old.txt"), "old");
    await writeAll([output(folder.file("old.txt")), output(folder.file("a/b/c.txt"), "deep")]);
    expect(await read("old.txt")).toBe("new");
    expect(await read("a/b/c.txt")).toBe("deep");
    expect(await filesIn(folder.path)).toEqual(["a", "a/b", "a/b/c.txt", "old.txt"]);
  });

  test("writes nothing if one file cannot be written, and removes the folders it made", async () => {
    await writeFile(folder.file("old.txt"), "old");
    await writeFile(folder.file("file"), "");
    const outputs = [
      output(folder.file("old.txt")),
      output(folder.file("a/b/c.txt")),
      output(folder.file("file/d.txt")),
    ];
    await expect(writeAll(outputs)).rejects.toThrow(/cannot write .*file\/d\.txt: /);
    expect(await read("old.txt")).toBe("old");
    expect(await filesIn(folder.path)).toEqual(["file", "old.txt"]);
  });

  test("takes new files away again if a later one cannot be put in its place", async () => {
    await mkdir(folder.file("taken.txt/inside"), { recursive: true });
    const outputs = [output(folder.file("first.txt")), output(folder.file("taken.txt"))];
    await expect(writeAll(outputs)).rejects.toThrow(MasksmithError);
    expect(await filesIn(folder.path)).toEqual(["taken.txt", "taken.txt/inside"]);
  });

  test("writes through a link", async () => {
    await mkdir(folder.file("store"));
    await writeFile(folder.file("store/real.txt"), "old");
    await symlink(join("store", "real.txt"), folder.file("link.txt"));
    await writeAll([output(folder.file("link.txt"))]);
    expect(await readlink(folder.file("link.txt"))).toBe(join("store", "real.txt"));
    expect(await read("store/real.txt")).toBe("new");
  });

  test("removes what is unfinished when interrupted", async () => {
    const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
    const writing = writeAll([output(folder.file("a.txt")), output(folder.file("b.txt"), "x".repeat(50_000_000))]);
    const failed = writing.catch((error: unknown) => error);
    await vi.waitFor(async () => expect((await filesIn(folder.path)).length).toBe(2), { interval: 1 });
    process.emit("SIGINT");
    expect(await filesIn(folder.path)).toEqual([]);
    expect(exit).toHaveBeenCalledWith(130);
    expect(await failed).toBeInstanceOf(MasksmithError);
    exit.mockRestore();
  });

  test("loses no interrupt that comes as it ends, and adds no listener each time", async () => {
    const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
    await writeAll([output(folder.file("a.txt"))]);
    const listeners = process.listenerCount("SIGINT");
    await writeAll([output(folder.file("a.txt"))]);
    expect(process.listenerCount("SIGINT")).toBe(listeners);
    process.emit("SIGINT");
    expect(exit).toHaveBeenCalledWith(130);
    expect(await filesIn(folder.path)).toEqual(["a.txt"]);
    exit.mockRestore();
  });
});

describe("checkWritable", () => {
  test("lets new files in folders old and new pass, and changes nothing", async () => {
    await checkWritable(folder.file("a.txt"));
    await checkWritable(folder.file("new/folder/a.txt"));
    expect(await filesIn(folder.path)).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)("refuses a folder and a file without permission", async () => {
    await writeFile(folder.file("mine.txt"), "");
    await chmod(folder.file("mine.txt"), 0o444);
    await expect(checkWritable(folder.file("mine.txt"))).rejects.toThrow(/cannot write .*mine.txt: permission denied/);
    await chmod(folder.path, 0o555);
    await expect(checkWritable(folder.file("other.txt"))).rejects.toThrow(
      /cannot write .*other.txt: permission denied/,
    );
    await chmod(folder.path, 0o755);
  });
});

describe("refused before the work", () => {
  test("is a name that leaves no room for a temporary one", async () => {
    const name = (bytes: number) => folder.file(`${"é".repeat((bytes - 5) / 2)}a.png`);
    await expect(checkWritable(name(239))).rejects.toThrow(/its name has 239 bytes, at most 237/);
    await checkWritable(name(237));
    await writeAll([output(name(237))]);
    expect(await filesIn(folder.path)).toHaveLength(1);
  });

  test.runIf(process.platform === "linux")(
    "is a place that keeps no files, and to write there never hangs",
    async () => {
      for (const path of ["/proc/new/a.png", "/proc/a.png", "/sys/a.png"])
        await expect(checkWritable(path)).rejects.toThrow(/^cannot write .*: its folder shows the system/);
      await expect(writeAll([output("/proc/new/deep/a.png")])).rejects.toThrow(/^cannot write .*: no such file/);
    },
  );
});
