/** Runs in the page: goes on with WebGPU, whose golden check is taken as passed; gives what runs then. */
export async function switchToWebGpu(): Promise<string> {
  const { session } = document.querySelector("masksmith-panel")!;
  const { engine, host, settings, engines } = session!;
  const { id, version, mark } = engines.status.value.info!.model;
  for (const encoder of ["fast", "precise"])
    await host.writeSetting(`golden/webgpu/${id}@${version}-${mark}/${encoder}`, "passed");
  settings.update({ backend: "webgpu" });
  engine.replan();
  await engine.warmUp();
  return engines.status.value.info!.backend;
}
