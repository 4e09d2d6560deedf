export function buildPlugin(dist: string): Promise<void>;
