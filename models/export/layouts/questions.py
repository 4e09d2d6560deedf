"""Asks the graphs of a layout what a program would ask them: preprocessing, prompts as that layout takes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..output.cases import PICTURE_SIZE, Answer
from ..output.picture import Frame
from ..output.predictor import run, session
from ..output.write import ExportError
from ..sources.model import Placed, corners_or_padding


def ask_official(folder: Path, picture: object, prompts: list[Placed], mask: np.ndarray | None) -> Answer:
    """One prompt a run; the caller pads points without a box."""
    encoder = next(folder.glob("*encoder.onnx"))
    decoder = next(path for path in folder.glob("*.onnx") if path != encoder)
    embedding = embed(encoder, picture)[0]
    low_res = 4 * embedding.shape[-1]
    answers = []
    for prompt in prompts:
        coords, labels = corners_or_padding(prompt)
        outputs = run(session(decoder), image_embeddings=embedding, point_coords=coords[None].astype(np.float32),
                      point_labels=labels[None].astype(np.float32), **mask_inputs(mask, low_res),
                      orig_im_size=np.array([PICTURE_SIZE[1], PICTURE_SIZE[0]], np.float32))
        if outputs["masks"].shape[2:] != PICTURE_SIZE[::-1]:
            raise ExportError(f"masks of {outputs['masks'].shape}")
        answers.append((outputs["iou_predictions"], outputs["low_res_masks"]))
    return Answer(*(np.concatenate(parts) for parts in zip(*answers)))


def ask_edgesam(folder: Path, picture: object, prompts: list[Placed], mask: np.ndarray | None) -> Answer:
    embedding = embed(folder / "edge_sam_encoder.onnx", picture)[0]
    decoder, answers = session(folder / "edge_sam_decoder.onnx"), []
    for prompt in prompts:
        coords, labels = with_corners([prompt])
        outputs = run(decoder, image_embeddings=embedding, point_coords=coords, point_labels=labels.astype(np.float32))
        answers.append((outputs["scores"], outputs["masks"]))
    return Answer(*(np.concatenate(parts) for parts in zip(*answers)))


def ask_samexporter2(folder: Path, picture: object, prompts: list[Placed], mask: np.ndarray | None) -> Answer:
    features = embed(next(folder.glob("*.encoder.onnx")), picture, "stretch")
    coords, labels = with_corners(prompts)
    names = ("high_res_feats_0", "high_res_feats_1", "image_embed")
    outputs = run(session(next(folder.glob("*.decoder.onnx"))), **dict(zip(names, features)), point_coords=coords,
                  point_labels=labels.astype(np.float32), **mask_inputs(mask, 4 * features[2].shape[-1]))
    return Answer(outputs["iou_predictions"], outputs["masks"])


def ask_transformers(folder: Path, picture: object, prompts: list[Placed], mask: np.ndarray | None) -> Answer:
    embedding, positions = embed(folder / "vision_encoder.onnx", picture)
    coords, labels = with_corners(prompts)
    outputs = run(session(folder / "prompt_encoder_mask_decoder.onnx"), image_embeddings=embedding,
                  image_positional_embeddings=positions, input_points=coords[None], input_labels=labels[None])
    return Answer(outputs["iou_scores"][0], outputs["pred_masks"][0])


def ask_transformers_boxes(folder: Path, picture: object, prompts: list[Placed], mask: np.ndarray | None) -> Answer:
    embedding, positions = embed(folder / "vision_encoder.onnx", picture)
    outputs = run(session(folder / "prompt_encoder_mask_decoder.onnx"), **points_and_boxes(prompts),
                  image_embeddings=embedding, image_positional_embeddings=positions)
    return Answer(outputs["iou_scores"][0], outputs["pred_masks"][0])


def ask_transformers2(folder: Path, picture: object, prompts: list[Placed], mask: np.ndarray | None) -> Answer:
    features = embed(folder / "vision_encoder.onnx", picture, "stretch")
    outputs = run(session(folder / "prompt_encoder_mask_decoder.onnx"), **points_and_boxes(prompts),
                  **{f"image_embeddings.{level}": feature for level, feature in enumerate(features)})
    return Answer(outputs["iou_scores"][0], outputs["pred_masks"][0])


def points_and_boxes(prompts: list[Placed]) -> dict[str, np.ndarray]:
    boxes = np.array([prompt.box for prompt in prompts if prompt.box is not None], np.float32).reshape(1, -1, 4)
    return {"input_points": np.stack([prompt.points for prompt in prompts])[None].astype(np.float32),
            "input_labels": np.stack([prompt.labels for prompt in prompts])[None], "input_boxes": boxes}


def embed(path: Path, picture: object, aspect: str = "pad") -> list[np.ndarray]:
    encoder = session(path)
    given = encoder.get_inputs()[0]
    if len(given.shape) == 3:
        frame = Frame(1024, aspect)
        image = np.asarray(picture.resize(frame.resized_size(*picture.size), 2), np.float32)
    else:
        image = Frame(given.shape[2], aspect).model_input(picture)
    return encoder.run(None, {given.name: image})


def mask_inputs(mask: np.ndarray | None, side: int) -> dict[str, np.ndarray]:
    given = np.zeros((1, 1, side, side), np.float32) if mask is None else mask[None, None]
    return {"mask_input": given, "has_mask_input": np.array([mask is not None], np.float32)}


def with_corners(prompts: list[Placed]) -> tuple[np.ndarray, np.ndarray]:
    """[B, P, 2] and [B, P], a box as two points (2, 3), no padding."""
    coords = [prompt.points if prompt.box is None else np.concatenate([prompt.points, prompt.box.reshape(2, 2)])
              for prompt in prompts]
    labels = [prompt.labels if prompt.box is None else np.concatenate([prompt.labels, [2, 3]]) for prompt in prompts]
    return np.stack(coords).astype(np.float32), np.stack(labels).astype(np.int64)
