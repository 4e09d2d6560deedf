import { isEmptySoft, type SoftMask } from "@masksmith/core";
import { SELECTION } from "./batchPlay.js";
import type { Environment } from "./environment.js";
import type { ChangeScope } from "./modal.js";
import type { PsDocument, PsImageData } from "./photoshop.js";

/** Hands a mask to Photoshop as grey pixels, for as long as `use` runs. */
async function withImage<T>(
  { photoshop }: Environment,
  { width, height, data }: SoftMask,
  use: (imageData: PsImageData) => Promise<T>,
): Promise<T> {
  const imageData = await photoshop.imaging.createImageDataFromBuffer(data, {
    width,
    height,
    components: 1,
    chunky: true,
    colorSpace: "Grayscale",
    colorProfile: "Gray Gamma 2.2",
  });
  try {
    return await use(imageData);
  } finally {
    imageData.dispose();
  }
}

/** Makes a mask the selection; nothing covered is no selection. */
export async function writeSelection(
  env: Environment,
  document: PsDocument,
  mask: SoftMask,
  scope: ChangeScope,
): Promise<void> {
  scope.check();
  if (isEmptySoft(mask)) {
    const none = { _enum: "ordinal", _value: "none" };
    if (document.selection.bounds !== null) await scope.play({ _obj: "set", _target: [SELECTION], to: none });
    return;
  }
  await withImage(env, mask, (imageData) =>
    env.photoshop.imaging.putSelection({
      documentID: document.id,
      imageData,
      replace: true,
      targetBounds: { left: mask.x, top: mask.y },
      commandName: "Selection",
    }),
  );
}

/** Writes a layer's user mask, all of it. */
export async function writeLayerMask(
  env: Environment,
  document: PsDocument,
  layerID: number,
  mask: SoftMask,
): Promise<void> {
  await withImage(env, mask, (imageData) =>
    env.photoshop.imaging.putLayerMask({
      documentID: document.id,
      layerID,
      kind: "user",
      imageData,
      replace: true,
      targetBounds: { left: mask.x, top: mask.y },
      commandName: "Layer mask",
    }),
  );
}
