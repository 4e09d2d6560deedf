"""The manifest: everything a host must know to run these files, so that no constant of SAM stands anywhere else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..decoder.sam import Sizes
from ..graphs.builder import Graph
from .picture import Frame, disc
from .predictor import Predictor, Prompt, table_shapes

PICTURE = {"generator": "disc-1", "width": 256, "height": 192}
POINT = (128.0, 96.0)
PROBES = 24


@dataclass(frozen=True)
class Card:
    """What the manifest says in words, and what differs between families in numbers."""

    id: str
    name: str
    family: str
    provenance: str
    spdx: str
    licence_note: str
    frame: Frame = Frame()
    padding: str = "caller-unless-box"
    masks: dict = field(default_factory=dict)
    tolerance: dict = field(default_factory=lambda: {"embedding": 0.01, "predicted_iou": 0.01, "logits": 0.5})


def build_manifest(
    folder: Path, graphs: list[Graph], card: Card, sizes: Sizes, encoders: dict[str, dict],
    embedding: dict[str, np.ndarray] | None = None,
) -> dict:
    """The manifest of the files in `folder`. `encoders` by name: what to say of each but its graph.

    `embedding`: of the test picture, if there is one encoder and it has answered already.
    """
    signatures = {graph.name: graph.signature() for graph in graphs}
    frame, low_res = card.frame, 4 * sizes.side
    extended = card.family != "sam" or sizes != Sizes()
    files = [path for path in sorted(folder.iterdir()) if not path.name.startswith("manifest.")]
    return {
        "schema": 1,
        "id": card.id,
        "name": card.name,
        "version": "1.0.0",
        "family": card.family,
        "licence": {"spdx": card.spdx, "note": card.licence_note},
        "provenance": card.provenance,
        "files": {path.name: integrity(path) for path in files},
        "input": {"size": frame.size, "aspect": frame.aspect, "resize": "pillow-bilinear", "channels": "RGB",
                  "mean": list(frame.mean), "std": list(frame.std), "pad_value": 0, "normalise": "caller"},
        "embedding": {"shape": [sizes.channels, sizes.side, sizes.side]},
        "encoders": {name: {**about, **encoder_files(folder, signatures, f"encoder-{name}")}
                     for name, about in encoders.items()},
        "prompt": {"file": "prompt.bin", "tables": table_offsets(sizes.channels), "padding_point": card.padding,
                   **({"offset": 0.5} if extended else {}), "mask_input": one_to_one(signatures, "mask-prompt")},
        "decoder": {"layout": "split",
                    **{part: many_to_many(signatures, f"decoder-{part}") for part in ("context", "tokens", "upscale")}},
        "masks": {"low_res": [low_res, low_res], "threshold": 0.0, "stability_offset": 1.0, "single": 0,
                  "candidates": list(range(1, sizes.masks)), "ranking": "predicted_iou", **card.masks},
        "golden": golden(folder, card, list(encoders), embedding),
    }


def integrity(path: Path) -> dict:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 24):
            digest.update(block)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def encoder_files(folder: Path, signatures: dict, name: str) -> dict:
    extra = signatures[name]["outputs"][1:]
    data = f"{name}.onnx.data"
    return {**one_to_one(signatures, name), **({"extra": extra} if extra else {}),
            **({"external": [data]} if (folder / data).exists() else {})}


def many_to_many(signatures: dict, name: str) -> dict:
    return {"file": f"{name}.onnx", **signatures[name]}


def one_to_one(signatures: dict, name: str) -> dict:
    return {"file": f"{name}.onnx", "input": signatures[name]["inputs"][0], "output": signatures[name]["outputs"][0]}


def table_offsets(channels: int) -> dict:
    """Byte offsets into prompt.bin."""
    offset, tables = 0, {}
    for name, shape in table_shapes(channels).items():
        tables[name] = {"offset": offset, "shape": list(shape)}
        offset += 4 * int(np.prod(shape))
    return tables


def golden(folder: Path, card: Card, names: list[str], known: dict[str, np.ndarray] | None = None) -> dict:
    """What the graphs answer for a picture that every host can draw: the self-test of a backend."""
    picture = disc(PICTURE["width"], PICTURE["height"])
    content = card.frame.resized_size(*picture.size)[1] / card.frame.size  # only the picture's own rows are probed
    encoders = {}
    for name in names:
        predictor = Predictor(folder, card.frame, card.padding, name)
        embedding = known or predictor.embed(card.frame.model_input(picture))
        tokens = predictor.tables.prompt(Prompt((POINT,), (1,)), *picture.size)
        iou, logits = predictor.predict(embedding, tokens)
        encoders[name] = {
            "embedding_probes": probes(embedding["embedding"][0], content),
            "prediction": {
                "point": list(POINT),
                "predicted_iou": [rounded(value) for value in iou[0]],
                "logits_probes": probes(logits[0], content),
            },
        }
    return {
        "picture": PICTURE,
        "tolerance": card.tolerance,
        "encoders": encoders,
    }


def probes(planes: np.ndarray, content: float) -> list[dict]:
    """Values at places spread over [planes, height, width], in the upper `content` (0..1) of the rows."""
    count, height, width = planes.shape
    rows = round(height * content)
    places = [((101 * i + 7) % count, (37 * i + 5) % rows, (53 * i + 11) % width) for i in range(PROBES)]
    return [{"at": list(place), "value": rounded(planes[place])} for place in places]


def rounded(value: np.float32) -> float:
    return round(float(value), 5)


def write_manifest(folder: Path, manifest: dict, module: bool = False) -> None:
    """As JSON; for a package also as a module, because not every bundler and browser imports JSON."""
    text = json.dumps(manifest, indent=2)
    (folder / "manifest.json").write_text(text + "\n")
    if module:
        (folder / "manifest.js").write_text(f"// Generated with manifest.json.\nexport const manifest = {text};\n")
