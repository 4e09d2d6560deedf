export function packPlugin(dist: string, file: string): Promise<{ readonly files: number; readonly bytes: number }>;
