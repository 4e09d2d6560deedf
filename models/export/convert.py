"""From a checkpoint that has been read to a model folder: graphs, check against PyTorch, manifest."""

from __future__ import annotations

import argparse
import re
import time
from dataclasses import replace

import numpy as np

from .decoder.graph import build_decoder
from .graphs.builder import Form
from .output.cases import CASES, Answer, graph_answers, pytorch_answers, relative, write_reference
from .output.manifest import Card, build_manifest, write_manifest
from .output.measure import peak_of_run
from .output.write import ExportError, beside, one_line, write_tables
from .sources.model import Model


def export_model(model: Model, arguments: argparse.Namespace) -> None:
    """Writes `arguments.out`, or raises ExportError and leaves it as it was."""
    model.card = card_of(model.card, arguments)
    form = Form(storage=arguments.storage)
    started = time.perf_counter()
    try:
        embedding, answers = pytorch_answers(model)
    except Exception as error:  # sizes that go together by their shapes, and yet not in the arithmetic
        raise ExportError(f"{model.card.name}: PyTorch cannot run it ({one_line(error)})") from error
    print(f"PyTorch: {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    with beside(arguments.out) as folder:
        graphs = [model.encoder_graph(form), *build_decoder(model.prompt, model.decoder, form)]
        for graph in graphs:
            graph.save(folder / f"{graph.name}.onnx", arguments.external_above)
            graph.forget()
        write_tables(folder / "prompt.bin", model.prompt)
        print(f"graphs written: {time.perf_counter() - started:.1f} s")
        ours, our_answers = graph_answers(model, folder)
        compare((ours["embedding"], our_answers), (embedding, answers), arguments.tolerance)
        peak = peak_of_run(folder / "encoder-precise.onnx")
        encoder = {"arithmetic": "fp32", **({"activations": peak} if peak else {})}
        manifest = build_manifest(folder, graphs, model.card, model.decoder.sizes, {"precise": encoder}, ours)
        write_manifest(folder, manifest)
    if arguments.reference:
        write_reference(arguments.out / "reference", model, embedding, answers, arguments.stride)


def card_of(card: Card, arguments: argparse.Namespace) -> Card:
    name = arguments.id or arguments.out.resolve().name
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name):
        raise ExportError(f"id {name!r}: expected lower-case letters, digits, dots and dashes; say --id")
    return replace(card, id=name, name=arguments.name or card.name, spdx=arguments.licence or card.spdx,
                   licence_note=arguments.licence_note or card.licence_note,
                   provenance=arguments.provenance or card.provenance)


def compare(
    ours: tuple[np.ndarray, dict[str, Answer]], theirs: tuple[np.ndarray, dict[str, Answer]], tolerance: float
) -> None:
    """Prints the differences of the graphs from PyTorch and raises above `tolerance`."""
    check("embedding", relative(ours[0], theirs[0]), float(np.abs(theirs[0]).max()), tolerance)
    for case in CASES:
        mine, their = ours[1][case.name], theirs[1][case.name]
        check(f"{case.name}: predicted IoU", relative(mine.predicted_iou, their.predicted_iou),
              float(np.abs(their.predicted_iou).max()), tolerance)
        logits = their.low_res_logits
        check(f"{case.name}: logits", relative(mine.low_res_logits, logits), float(np.abs(logits).max()), tolerance,
              f", {(logits > 0).mean():.0%} above 0")


def check(what: str, difference: float, largest: float, tolerance: float, more: str = "") -> None:
    print(f"{what:<28} relative difference {difference:.1e} of {largest:.3g}{more}")
    if not difference <= tolerance:
        raise ExportError(f"{what}: the exported graphs differ from PyTorch by {difference:.2e} of the largest value, "
                          f"more than {tolerance:g}; nothing was written (--storage fp32 is exact, --tolerance allows)")
