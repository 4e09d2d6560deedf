/** Where the files lie. Bundlers copy a file for a `new URL` that names it as it stands here, one a file. */
export const urls = {
  "decoder-context.onnx": new URL("./decoder-context.onnx", import.meta.url),
  "decoder-tokens.onnx": new URL("./decoder-tokens.onnx", import.meta.url),
  "decoder-upscale.onnx": new URL("./decoder-upscale.onnx", import.meta.url),
  "encoder-fast.onnx": new URL("./encoder-fast.onnx", import.meta.url),
  "encoder-precise.onnx": new URL("./encoder-precise.onnx", import.meta.url),
  "mask-prompt.onnx": new URL("./mask-prompt.onnx", import.meta.url),
  "prompt.bin": new URL("./prompt.bin", import.meta.url),
};
