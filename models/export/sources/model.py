"""A checkpoint that has been read: what the export needs of it, and PyTorch's answers to compare with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ..decoder.sam import MaskDecoder, PromptEncoder
from ..graphs.builder import Form, Graph
from ..output.manifest import Card


class Reference(Protocol):
    """PyTorch's own way from a picture and prompts to masks."""

    def embed(self, image: Tensor) -> object:
        """[1, 3, size, size] -> whatever `predict` needs."""

    def main(self, embedded: object) -> np.ndarray:
        """The main embedding [1, C, side, side], as the encoder graph gives it."""

    def predict(
        self, embedded: object, prompts: list["Placed"], mask: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Prompts of equal form, low-resolution logits of an earlier mask -> IoU [B, M], logits [B, M, 4 s, 4 s]."""


@dataclass(frozen=True)
class Placed:
    """A prompt in pixels of the model's frame: points [P, 2], labels [P], box [4] or none. No padding."""

    points: np.ndarray
    labels: np.ndarray
    box: np.ndarray | None


@dataclass
class Model:
    card: Card
    encoder_graph: Callable[[Form], Graph]
    prompt: PromptEncoder
    decoder: MaskDecoder
    reference: Reference


class SamReference:
    """The modules of this folder: SAM and MobileSAM."""

    def __init__(self, encoder: nn.Module, prompt: PromptEncoder, decoder: MaskDecoder) -> None:
        self.encoder, self.prompt, self.decoder = encoder, prompt, decoder

    def embed(self, image: Tensor) -> Tensor:
        return self.encoder(image)

    def main(self, embedded: Tensor) -> np.ndarray:
        return embedded.numpy()

    def predict(
        self, embedded: Tensor, prompts: list[Placed], mask: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        coords, labels = zip(*(self.tokens(prompt) for prompt in prompts))
        sparse = self.prompt.points(torch.tensor(np.stack(coords)).float(), torch.tensor(np.stack(labels)))
        dense = self.prompt.mask(None if mask is None else torch.from_numpy(mask)[None, None])
        iou, logits = self.decode(embedded, dense, sparse)
        return iou.numpy(), logits.numpy()

    def decode(self, embedded: Tensor, dense: Tensor, sparse: Tensor) -> tuple[Tensor, Tensor]:
        return self.decoder(embedded, dense, self.prompt.image_positions(), sparse)

    def tokens(self, prompt: Placed) -> tuple[np.ndarray, np.ndarray]:
        return corners_or_padding(prompt)


class HqReference(SamReference):
    """SAM-HQ; what `embed` gives is the embedding and the finer features of the picture."""

    def embed(self, image: Tensor) -> tuple[Tensor, Tensor]:
        embedding, early = self.encoder.features(image)
        return embedding, self.decoder.quality(embedding, early)

    def main(self, embedded: tuple[Tensor, Tensor]) -> np.ndarray:
        return embedded[0].numpy()

    def decode(self, embedded: tuple[Tensor, Tensor], dense: Tensor, sparse: Tensor) -> tuple[Tensor, Tensor]:
        return self.decoder(embedded[0], dense, self.prompt.image_positions(), sparse, embedded[1])


def corners_or_padding(prompt: Placed) -> tuple[np.ndarray, np.ndarray]:
    """The official predictor's tokens of a prompt: corners of the box, or one padding point without a box."""
    last = (np.zeros((1, 2)), [-1]) if prompt.box is None else (prompt.box.reshape(2, 2), [2, 3])
    return np.concatenate([prompt.points, last[0]]), np.concatenate([prompt.labels, last[1]]).astype(np.int64)
