/** Types of the package import `#ort-wasm`: the plain WASM build of onnxruntime-web for this runtime (see package.json). */
export * from "onnxruntime-web";
