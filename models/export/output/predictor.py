"""Runs the exported graphs with onnxruntime, prompt by prompt: what the host program does, in a few lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from .picture import Frame

PADDING = -1
TABLES = ("gaussian", "point_embeddings", "not_a_point", "no_mask")


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the order of additions, so the last bits, depends on it
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run(model: onnxruntime.InferenceSession, **inputs: np.ndarray) -> dict[str, np.ndarray]:
    names = [output.name for output in model.get_outputs()]
    return dict(zip(names, model.run(names, inputs)))


@dataclass(frozen=True)
class Prompt:
    """One prompt in picture pixels: points [P, 2] (x, y) with labels (1 object, 0 background), and a box (x y x y)."""

    points: tuple[tuple[float, float], ...] = ()
    labels: tuple[int, ...] = ()
    box: tuple[float, float, float, float] | None = None


class Tables:
    """`prompt.bin`: the prompt encoder's tables, one after another, little-endian float32."""

    def __init__(self, path: Path, channels: int, frame: Frame, padding: str) -> None:
        values = np.fromfile(path, "<f4")
        self.frame, self.padding = frame, padding
        self.tables: dict[str, np.ndarray] = {}
        for name, shape in table_shapes(channels).items():
            size = int(np.prod(shape))
            self.tables[name], values = values[:size].reshape(shape), values[size:]

    def encode(self, points: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """[P, 2] pixels of the model's frame and [P] labels (-1 padding, rows of point_embeddings) -> [1, P, C]."""
        angle = 2 * np.pi * ((2 * (points + 0.5) / self.frame.size - 1) @ self.tables["gaussian"])
        encoded = np.concatenate([np.sin(angle), np.cos(angle)], axis=-1) + self.tables["point_embeddings"][labels]
        encoded[labels == PADDING] = self.tables["not_a_point"]
        return encoded[None].astype(np.float32)

    def prompt(self, prompt: Prompt, width: int, height: int) -> np.ndarray:
        """A prompt on a picture of this size -> [1, P, C]: points, corners of the box, padding if the model has it."""
        return self.encode(*placed(prompt, self.frame, self.padding, width, height))


def placed(prompt: Prompt, frame: Frame, padding: str, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Points in the model's frame [P, 2] and their labels [P], with corners (2, 3) and padding (-1)."""
    points, labels = np.array(prompt.points, float).reshape(-1, 2), list(prompt.labels)
    if prompt.box is not None:
        points = np.concatenate([points, np.array(prompt.box, float).reshape(2, 2)])
        labels += [2, 3]
    points = frame.place(points, width, height)
    if padding == "always" or (padding == "caller-unless-box" and prompt.box is None):
        points, labels = np.concatenate([points, np.zeros((1, 2))]), labels + [PADDING]
    return points, np.array(labels, np.int64)


def table_shapes(channels: int) -> dict[str, tuple[int, ...]]:
    shapes = ((2, channels // 2), (4, channels), (channels,), (channels,))
    return dict(zip(TABLES, shapes))


class Predictor:
    """The graphs and the tables of one folder."""

    def __init__(
        self, folder: Path, frame: Frame, padding: str = "caller-unless-box", encoder: str = "precise"
    ) -> None:
        self.frame = frame
        self.encoder = session(folder / f"encoder-{encoder}.onnx")
        self.context = session(folder / "decoder-context.onnx")
        self.tokens = session(folder / "decoder-tokens.onnx")
        self.upscale = session(folder / "decoder-upscale.onnx")
        self.mask_prompt = session(folder / "mask-prompt.onnx")
        channels = self.tokens.get_inputs()[-1].shape[-1]
        self.tables = Tables(folder / "prompt.bin", channels, frame, padding)

    def embed(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """The main embedding as `embedding`, and what else the encoder gives."""
        return run(self.encoder, image=image)

    def dense(self, mask: np.ndarray | None = None) -> np.ndarray:
        """The dense prompt of low-resolution logits [4 side, 4 side], or of no mask."""
        if mask is None:
            return self.tables.tables["no_mask"].reshape(1, -1, 1, 1)
        return run(self.mask_prompt, mask=mask[None, None])["dense_prompt"]

    def predict(
        self, embedding: dict[str, np.ndarray], prompt_tokens: np.ndarray, mask: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Prompt tokens [B, P, C] -> predicted IoU [B, M] and logits [B, M, 4 side, 4 side]."""
        main, extra = embedding["embedding"], {k: v for k, v in embedding.items() if k != "embedding"}
        context = run(self.context, embedding=main, dense_prompt=self.dense(mask))
        tokens = run(self.tokens, prompt_tokens=prompt_tokens, **context)
        image = tokens["image_tokens_out"].reshape(len(prompt_tokens), *main.shape[2:], -1)
        logits = run(self.upscale, image_tokens_out=image, mask_vectors=tokens["mask_vectors"], **extra)
        return tokens["iou_predictions"], logits["low_res_logits"]
