import { homedir } from "node:os";
import { join } from "node:path";

/** Where this system keeps a user's data for programs: added models, downloads. */
export function dataFolder(): string {
  const { XDG_DATA_HOME, LOCALAPPDATA } = process.env;
  if (process.platform === "win32") return join(LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "masksmith");
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", "masksmith");
  return join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "masksmith");
}

/** Where this system keeps what may be deleted at any time. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (process.platform === "win32")
    return join(LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "masksmith", "cache");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "masksmith");
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "masksmith");
}
