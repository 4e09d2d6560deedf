"""Prompts of every kind on the test picture, PyTorch's answers to them, and their files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from ..sources.model import Model, Placed
from .manifest import PICTURE
from .picture import disc
from .predictor import Predictor, Prompt

PICTURE_SIZE = (PICTURE["width"], PICTURE["height"])
DISC = (128.0, 96.0)
BOX = (76.0, 44.5, 181.0, 149.0)


@dataclass(frozen=True)
class Case:
    name: str
    prompts: tuple[Prompt, ...]
    masked: bool = False


CASES = (
    Case("click", (Prompt((DISC,), (1,)),)),
    Case("background", (Prompt((DISC, (30.0, 25.0), (225.5, 150.0)), (1, 0, 0)),)),
    Case("box", (Prompt(box=BOX),)),
    Case("box-points", (Prompt((DISC, (90.0, 150.5)), (1, 0), BOX),)),
    Case("mask", (Prompt((DISC,), (1,)),), masked=True),
    Case("mask-box", (Prompt(box=BOX),), masked=True),
    Case("batch", (Prompt((DISC,), (1,)), Prompt(((20.0, 170.0),), (1,)))),
    Case("batch-boxes", (Prompt(box=BOX), Prompt(box=(10.0, 10.0, 60.0, 80.0)))),
)


@dataclass(frozen=True)
class Answer:
    predicted_iou: np.ndarray
    low_res_logits: np.ndarray


def soft_mask(side: int) -> np.ndarray:
    """`soft-disc-1`: low-resolution logits [n, n] of a soft disc, n = 4 side, in the middle of a padded 4:3 picture.

    clip((n / 4 - |(x, y) - (n / 2, 3 n / 8)|) * 64 / side, -12, 12) at column x and row y.
    """
    n = 4 * side
    y, x = np.mgrid[:n, :n]
    return ((n / 4 - np.hypot(x - n / 2, y - 3 * n / 8)) * (64 / side)).clip(-12, 12).astype(np.float32)


def placed(prompt: Prompt, model: Model) -> Placed:
    frame = model.card.frame
    points = frame.place(np.array(prompt.points, float).reshape(-1, 2), *PICTURE_SIZE)
    box = None if prompt.box is None else frame.place(np.array(prompt.box).reshape(2, 2), *PICTURE_SIZE).reshape(4)
    return Placed(points, np.array(prompt.labels, np.int64), box)


def pytorch_answers(model: Model) -> tuple[np.ndarray, dict[str, Answer]]:
    """The main embedding, and the answers by name of the case."""
    image = torch.from_numpy(model.card.frame.model_input(disc(*PICTURE_SIZE)))
    soft = soft_mask(model.decoder.sizes.side)
    with torch.no_grad():
        embedded = model.reference.embed(image)
        answers = {}
        for case in CASES:
            prompts = [placed(prompt, model) for prompt in case.prompts]
            answers[case.name] = Answer(*model.reference.predict(embedded, prompts, soft if case.masked else None))
        return model.reference.main(embedded), answers


def graph_answers(model: Model, folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Answer]]:
    """The same of the exported graphs in `folder`, with all that the encoder gives."""
    predictor = Predictor(folder, model.card.frame, model.card.padding)
    soft = soft_mask(model.decoder.sizes.side)
    embedding = predictor.embed(model.card.frame.model_input(disc(*PICTURE_SIZE)))
    answers = {}
    for case in CASES:
        tokens = np.concatenate([predictor.tables.prompt(prompt, *PICTURE_SIZE) for prompt in case.prompts])
        answers[case.name] = Answer(*predictor.predict(embedding, tokens, soft if case.masked else None))
    return embedding, answers


def relative(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference over largest value."""
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def write_reference(
    folder: Path, model: Model, embedding: np.ndarray, answers: dict[str, Answer], stride: int = 1,
    more: dict[str, str] | None = None,
) -> None:
    """`reference.json` (with `more` in it) and raw little-endian float32 files beside it.

    With a stride, maps keep only every stride-th row and column, from stride // 2 on, and the mask prompt is left to
    be drawn (see `soft_mask`).
    """
    folder.mkdir(exist_ok=True)

    def save(name: str, values: np.ndarray) -> dict:
        kept = values[..., stride // 2 :: stride, stride // 2 :: stride] if values.ndim > 2 else values
        kept.astype("<f4").tofile(folder / f"{name}.f32")
        sparse = {"stride": stride, "of": list(values.shape)} if kept.shape != values.shape else {}
        return {"file": f"{name}.f32", "shape": list(kept.shape), **sparse}

    soft = soft_mask(model.decoder.sizes.side)
    drawn = {"generator": "soft-disc-1", "shape": list(soft.shape)}
    reference = {
        "made_by": f"PyTorch {torch.__version__}, {type(model.reference).__name__}",
        **(more or {}),
        "picture": PICTURE,
        "encoder": "precise",
        "tolerance": 1e-3,
        "embedding": save("embedding", embedding),
        "masks": {"soft": drawn if stride > 1 else {**drawn, **save("soft", soft)}},
        "cases": [
            {
                "name": case.name,
                "mask_input": "soft" if case.masked else None,
                "prompts": [asdict(prompt) for prompt in case.prompts],
                "predicted_iou": save(f"{case.name}-iou", answers[case.name].predicted_iou),
                "low_res_logits": save(f"{case.name}-logits", answers[case.name].low_res_logits),
            }
            for case in CASES
            if case.name in answers
        ],
    }
    (folder / "reference.json").write_text(json.dumps(reference, indent=2) + "\n")
