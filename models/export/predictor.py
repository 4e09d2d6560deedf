"""Runs the exported graphs with onnxruntime, prompt by prompt: what the host program does, in a few lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

PADDING = -1


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the order of additions, so the last bits, depends on it
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run(model: onnxruntime.InferenceSession, **inputs: np.ndarray) -> dict[str, np.ndarray]:
    names = [output.name for output in model.get_outputs()]
    return dict(zip(names, model.run(names, inputs)))


class Tables:
    """`prompt.bin`: the prompt encoder's tables, one after another, little-endian float32."""

    SHAPES = {"gaussian": (2, 128), "point_embeddings": (4, 256), "not_a_point": (256,), "no_mask": (256,)}

    def __init__(self, path: Path) -> None:
        values = np.fromfile(path, "<f4")
        self.tables: dict[str, np.ndarray] = {}
        for name, shape in self.SHAPES.items():
            size = int(np.prod(shape))
            self.tables[name], values = values[:size].reshape(shape), values[size:]

    def encode(self, points: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """[P, 2] pixels of the 1024 frame and [P] labels (-1 padding, rows of point_embeddings) -> [1, P, 256]."""
        angle = 2 * np.pi * ((2 * (points + 0.5) / 1024 - 1) @ self.tables["gaussian"])
        encoded = np.concatenate([np.sin(angle), np.cos(angle)], axis=-1) + self.tables["point_embeddings"][labels]
        encoded[labels == PADDING] = self.tables["not_a_point"]
        return encoded[None].astype(np.float32)


class Predictor:
    """The five graphs and the tables of one folder."""

    def __init__(self, folder: Path, encoder: str = "precise") -> None:
        self.tables = Tables(folder / "prompt.bin")
        self.encoder = session(folder / f"encoder-{encoder}.onnx")
        self.context = session(folder / "decoder-context.onnx")
        self.tokens = session(folder / "decoder-tokens.onnx")
        self.upscale = session(folder / "decoder-upscale.onnx")
        self.mask_prompt = session(folder / "mask-prompt.onnx")

    def embed(self, image: np.ndarray) -> np.ndarray:
        return run(self.encoder, image=image)["embedding"]

    def dense(self, mask: np.ndarray | None = None) -> np.ndarray:
        """The dense prompt of low-resolution logits [256, 256], or of no mask."""
        if mask is None:
            return self.tables.tables["no_mask"].reshape(1, -1, 1, 1)
        return run(self.mask_prompt, mask=mask[None, None])["dense_prompt"]

    def predict(
        self, embedding: np.ndarray, points: np.ndarray, labels: np.ndarray, mask: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Points in the 1024 frame -> predicted IoU [4] and logits [4, 256, 256]."""
        context = run(self.context, embedding=embedding, dense_prompt=self.dense(mask))
        tokens = run(self.tokens, prompt_tokens=self.tables.encode(points, labels), **context)
        image = tokens["image_tokens_out"].reshape(1, *embedding.shape[2:], -1)
        logits = run(self.upscale, image_tokens_out=image, mask_vectors=tokens["mask_vectors"])["low_res_logits"]
        return tokens["iou_predictions"][0], logits[0]
