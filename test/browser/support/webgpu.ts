/** Runs in the page: puts an embedding where the page keeps those it has made. */
export async function storeEmbedding({ id, data }: { id: string; data: number[] }): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open("masksmith", 1);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  await new Promise<void>((resolve, reject) => {
    const transaction = database.transaction("embeddings", "readwrite");
    transaction.objectStore("embeddings").put({ id, data: Float32Array.from(data), used: Date.now() });
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
  });
  database.close();
}

/** Runs in the page: goes on with WebGPU, whose golden check is taken as passed; gives what runs then. */
export async function switchToWebGpu(): Promise<string> {
  const { session } = document.querySelector("masksmith-panel")!;
  const { engine, host, settings, engineStatus } = session!;
  const { id, version, mark } = engineStatus.value.info!.model;
  for (const encoder of ["fast", "precise"])
    await host.writeSetting(`golden/webgpu/${id}@${version}-${mark}/${encoder}`, "passed");
  settings.settings.update({ backend: "webgpu" });
  engine.replan();
  await engine.warmUp();
  return engineStatus.value.info!.backend;
}
