"""Reads official checkpoints: SAM's and SAM-HQ's vit_b, vit_l and vit_h, and MobileSAM."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt
from pathlib import Path

import torch
from torch import Tensor, nn

from ..decoder.sam import HqMaskDecoder, MaskDecoder, PromptEncoder, Sizes
from ..output.manifest import Card
from ..output.picture import Frame
from ..output.write import ExportError, one_line
from ..tiny_vit.graph import EncoderGraph
from ..tiny_vit.mobile import MobileEncoder, folded
from ..tiny_vit.modules import Stage, TinyVitSizes
from ..vit.graph import VitGraph
from ..vit.modules import VitEncoder, VitSizes
from .model import HqReference, Model, SamReference
from .state import load_state

VIT = "image_encoder.patch_embed.proj.weight"
MOBILE = "image_encoder.layers.0.blocks.0.conv1.c.weight"
QUALITY = "mask_decoder.hf_token.weight"
SAM2 = "image_encoder.trunk.patch_embed.proj.weight"
# MobileSAM carries the classifier of its pretraining
LEFTOVERS = ("image_encoder.norm_head.", "image_encoder.head.")
VIT_NAMES = {768: "vit_b", 1024: "vit_l", 1280: "vit_h"}
META = "Weights and architecture: Meta AI, Segment Anything."


def read_checkpoint(path: Path, ignore_checksums: bool = False) -> Model:
    """A model from a .pth file.

    Raises ExportError in one line: all that `load_state` refuses, a family that is read otherwise or not at all,
    missing or unexpected parameters, wrong shapes, values that are not finite.
    """
    state = load_state(path, ignore_checksums)
    if SAM2 in state:
        raise ExportError(f"{path}: a SAM 2 checkpoint; of this family, export a Hugging Face folder instead "
                          "(python -m export huggingface)")
    if VIT in state:
        return read_vit(path, state)
    if MOBILE in state:
        return read_mobile(path, state)
    raise ExportError(f"{path}: neither SAM (no {VIT}) nor MobileSAM (no {MOBILE}); it has {some(sorted(state))}")


def read_vit(path: Path, state: dict[str, Tensor]) -> Model:
    sizes = vit_sizes(path, state)
    size, family, note = VIT_NAMES.get(sizes.channels, "vit"), "sam", META
    if QUALITY in state:
        family, note = "sam-hq", "Weights: SAM-HQ authors (ETH Zurich, HKUST), on Meta AI's Segment Anything."
    model = read_parts(path, state, vit_encoder(path, sizes), f"{family}-{size}", f"{family.upper()} {size}", note)
    encoder = model.reference.encoder
    quality = model.decoder if QUALITY in state else None
    if quality is not None:
        model.card = replace(model.card, family=family)
        model.reference = HqReference(encoder, model.prompt, quality)
    model.encoder_graph = lambda form: VitGraph(encoder, form, quality).build()
    return model


def vit_sizes(path: Path, state: dict[str, Tensor]) -> VitSizes:
    """Depth, widths and global blocks, from the parameters' shapes."""
    try:
        channels, _, patch, _ = state[VIT].shape
        side = state["image_encoder.pos_embed"].shape[1]
        blocks = count(state, "image_encoder.blocks", "attn.rel_pos_h")
        spans, widths = zip(*(state[f"image_encoder.blocks.{i}.attn.rel_pos_h"].shape for i in range(blocks)))
        windows = {(span + 1) // 2 for span in spans if (span + 1) // 2 != side} or {0}
        if len(set(widths)) != 1 or len(windows) != 1 or channels % widths[0]:
            raise ValueError(f"relative positions of shapes {sorted(set(zip(spans, widths)))}")
        return VitSizes(
            channels=channels, blocks=blocks, heads=channels // widths[0], window=windows.pop(), patch=patch,
            global_blocks=tuple(i for i, span in enumerate(spans) if (span + 1) // 2 == side), input=side * patch,
            mlp_channels=state["image_encoder.blocks.0.mlp.lin1.weight"].shape[0],
            channels_out=state["image_encoder.neck.0.weight"].shape[0],
        )
    except Exception as error:  # parameters are missing, or have other shapes than this reading expects
        raise ExportError(f"{path}: a SAM encoder whose depth and widths cannot be told "
                          f"({type(error).__name__}: {one_line(error)})") from error


def vit_encoder(path: Path, sizes: VitSizes) -> VitEncoder:
    try:
        return VitEncoder(sizes)
    except Exception as error:  # widths that do not go together, or for which there is no memory
        raise ExportError(f"{path}: no SAM encoder of {sizes} can be made ({one_line(error)})") from error


def read_mobile(path: Path, state: dict[str, Tensor]) -> Model:
    kept = {key: value for key, value in state.items() if not key.startswith(LEFTOVERS)}
    note = ("Weights: MobileSAM authors. Image encoder: TinyViT (Microsoft, MIT). Architecture: Meta AI, Segment "
            "Anything.")
    model = read_parts(path, kept, MobileEncoder(mobile_sizes(path, kept)), "mobile-sam", "MobileSAM", note)
    encoder = folded(model.reference.encoder)
    model.encoder_graph = lambda form: EncoderGraph(encoder, quantised=False, form=form).build()
    return model


def mobile_sizes(path: Path, state: dict[str, Tensor]) -> TinyVitSizes:
    """Depth and widths, from the parameters' shapes; the sides of the maps are the same in all."""
    layers = "image_encoder.layers"
    try:
        stages = []
        for number, stage in enumerate(TinyVitSizes().stages, 1):
            heads, offsets = state[f"{layers}.{number}.blocks.0.attn.attention_biases"].shape
            channels = state[f"{layers}.{number}.blocks.0.attn.qkv.weight"].shape[1]
            if channels % heads or isqrt(offsets) ** 2 != offsets:
                raise ValueError(f"{heads} heads for {channels} channels, {offsets} offsets in a window")
            blocks = count(state, f"{layers}.{number}.blocks", "attn.qkv.weight")
            stages.append(Stage(stage.side, channels, heads, isqrt(offsets), blocks))
        return TinyVitSizes(
            stem=state["image_encoder.patch_embed.seq.2.c.weight"].shape[0],
            bottlenecks=count(state, f"{layers}.0.blocks", "conv1.c.weight"),
            stages=tuple(stages), channels_out=state["image_encoder.neck.0.weight"].shape[0],
        )
    except Exception as error:  # as for `vit_sizes`
        raise ExportError(f"{path}: a MobileSAM encoder whose depth and widths cannot be told "
                          f"({type(error).__name__}: {one_line(error)})") from error


def count(state: dict[str, Tensor], before: str, after: str) -> int:
    """How many blocks there are, by a parameter that each has."""
    return next(number for number in range(len(state) + 1) if f"{before}.{number}.{after}" not in state)


def read_parts(path: Path, state: dict[str, Tensor], encoder: nn.Module, id: str, name: str, note: str) -> Model:
    """Loads encoder, prompt encoder and mask decoder; the caller says how the encoder is exported."""
    whole = nn.Module()
    whole.image_encoder = encoder
    side, size = (encoder.sizes.side, encoder.sizes.input) if isinstance(encoder, VitEncoder) else (64, 1024)
    try:
        sizes = decoder_sizes(state, side, size)
        whole.prompt_encoder = PromptEncoder(sizes)
        whole.mask_decoder = HqMaskDecoder(sizes, encoder.sizes.channels) if QUALITY in state else MaskDecoder(sizes)
    except Exception as error:  # widths that do not go together
        raise ExportError(f"{path}: a mask decoder whose widths cannot be told ({one_line(error)})") from error
    fill(path, whole, state)
    whole.eval().requires_grad_(False)
    card = Card(id=id, name=name, family="sam", spdx="Apache-2.0", licence_note=note,
                provenance=f"Exported from the checkpoint {path.name}.", frame=Frame(size=size))
    prompt, decoder = whole.prompt_encoder, whole.mask_decoder
    return Model(card, lambda form: None, prompt, decoder, SamReference(encoder, prompt, decoder))


def decoder_sizes(state: dict[str, Tensor], side: int, size: int) -> Sizes:
    """Widths from the shapes of the parameters that are there; defaults else, and `fill` says what is missing."""
    layer, decoder = "mask_decoder.transformer.layers.0", "mask_decoder"
    rows = {
        "channels": f"{decoder}.iou_token.weight",
        "cross_channels": f"{layer}.cross_attn_token_to_image.q_proj.weight",
        "mlp_channels": f"{layer}.mlp.lin1.weight",
        "iou_channels": f"{decoder}.iou_prediction_head.layers.0.weight",
        "masks": f"{decoder}.mask_tokens.weight",
        "mask_channels": "prompt_encoder.mask_downscaling.3.weight",
    }
    found = {name: state[key].shape[1 if name == "channels" else 0] for name, key in rows.items()
             if key in state and state[key].ndim >= 2}
    return Sizes(side=side, input=size, **found)


def fill(path: Path, module: nn.Module, state: dict[str, Tensor]) -> None:
    """Copies every parameter, or says in one line what does not fit."""
    fit(path, module, state)
    expected = module.state_dict()
    for key in expected:
        if not torch.isfinite(state[key].float()).all():
            raise ExportError(f"{path}: {key} has values that are not finite")
    module.load_state_dict({key: state[key].to(value.dtype) for key, value in expected.items()})


def fit(path: Path, module: nn.Module, state: dict[str, Tensor]) -> None:
    """Says in one line which names or shapes do not fit; the module may be on the device "meta"."""
    expected = module.state_dict()
    missing = sorted(key for key in expected if key not in state)
    if missing:
        raise ExportError(f"{path}: {len(missing)} of {len(expected)} parameters are missing: {some(missing)}")
    unexpected = sorted(key for key in state if key not in expected)
    if unexpected:
        raise ExportError(f"{path}: {len(unexpected)} unexpected parameters: {some(unexpected)}")
    for key, value in expected.items():
        if state[key].shape != value.shape:
            raise ExportError(f"{path}: {key} has shape {list(state[key].shape)}, expected {list(value.shape)}")


def some(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(one_line(name) for name in names[:most]) + more
