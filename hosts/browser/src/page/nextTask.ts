/** Resolves in a task of its own: a long start is many short ones. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
