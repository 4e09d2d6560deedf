/** A worker's side of `WatchedApi.holdLock`. */
export async function holdLock(name: string): Promise<boolean> {
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return false;
  return new Promise((resolve) => {
    const forEver = () => new Promise<void>(() => resolve(true));
    locks.request(name, forEver).catch(() => resolve(false));
  });
}
