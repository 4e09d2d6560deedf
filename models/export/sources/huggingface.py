"""Reads Hugging Face folders (config.json and safetensors): SAM, SlimSAM, SAM-HQ, SAM 2.1.

transformers is the reference: the parameters go into its model first, and from there into the modules of this folder.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.torch import load_file
from torch import Tensor, nn

from ..decoder.sam import HqMaskDecoder, MaskDecoder, PromptEncoder, Sam2MaskDecoder, Sizes
from ..hiera.graph import HieraGraph
from ..output.manifest import Card
from ..output.picture import MEAN, STD, Frame
from ..output.write import ExportError, one_line
from ..vit.graph import VitGraph
from ..vit.modules import VitEncoder, VitSizes
from .checkpoint import fill, fit
from .model import Model
from .transformers_reference import Sam2Reference, SamHqReference, TransformersReference

CLASSES = {
    "sam": (transformers.SamConfig, transformers.SamModel),
    "sam_hq": (transformers.SamHQConfig, transformers.SamHQModel),
    "sam2": (transformers.Sam2Config, transformers.Sam2Model),
    # the published folders of SAM 2.1 are for video; the memory is left out
    "sam2_video": (transformers.Sam2Config, transformers.Sam2Model),
}
SHARED = {"prompt_encoder.shared_embedding.positional_embedding": "shared_image_embedding.positional_embedding"}
# regular expressions from transformers' names to the official ones, in this order
NAMES = (
    (r"^shared_image_embedding\.positional_embedding", "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"),
    (r"^vision_encoder\.patch_embed\.projection", "image_encoder.patch_embed.proj"),
    (r"^vision_encoder\.layers\.(\d+)\.layer_norm", r"image_encoder.blocks.\1.norm"),
    (r"^vision_encoder\.layers", "image_encoder.blocks"),
    (r"^vision_encoder\.neck\.conv1", "image_encoder.neck.0"),
    (r"^vision_encoder\.neck\.layer_norm1", "image_encoder.neck.1"),
    (r"^vision_encoder\.neck\.conv2", "image_encoder.neck.2"),
    (r"^vision_encoder\.neck\.layer_norm2", "image_encoder.neck.3"),
    (r"^vision_encoder", "image_encoder"),
    (r"\.point_embed\.", ".point_embeddings."),
    (r"\.mask_embed\.conv1", ".mask_downscaling.0"),
    (r"\.mask_embed\.layer_norm1", ".mask_downscaling.1"),
    (r"\.mask_embed\.conv2", ".mask_downscaling.3"),
    (r"\.mask_embed\.layer_norm2", ".mask_downscaling.4"),
    (r"\.mask_embed\.conv3", ".mask_downscaling.6"),
    (r"\.layer_norm_final_attn", ".norm_final_attn"),
    (r"\.layer_norm(\d)", r".norm\1"),
    (r"\.o_proj\.", ".out_proj."),
    (r"\.mlp\.proj_in", ".mlp.lin1"),
    (r"\.mlp\.proj_out", ".mlp.lin2"),
    (r"(head|mlps\.\d+|hq_mask_mlp)\.layers\.0", r"\1.layers.1"),
    (r"\.proj_in", ".layers.0"),
    (r"\.proj_out", ".layers.2"),
    (r"\.upscale_conv1", ".output_upscaling.0"),
    (r"\.upscale_layer_norm", ".output_upscaling.1"),
    (r"\.upscale_conv2", ".output_upscaling.3"),
    (r"\.hq_token", ".hf_token"),
    (r"\.hq_mask_mlp", ".hf_mlp"),
    (r"\.compress_vit_conv1", ".compress_vit_feat.0"),
    (r"\.compress_vit_norm", ".compress_vit_feat.1"),
    (r"\.compress_vit_conv2", ".compress_vit_feat.3"),
    (r"\.encoder_conv1", ".embedding_encoder.0"),
    (r"\.encoder_norm", ".embedding_encoder.1"),
    (r"\.encoder_conv2", ".embedding_encoder.3"),
    (r"\.mask_conv1", ".embedding_maskfeature.0"),
    (r"\.mask_norm", ".embedding_maskfeature.1"),
    (r"\.mask_conv2", ".embedding_maskfeature.3"),
)
PUBLISHERS = {
    "sam": "Weights and architecture: Meta AI, Segment Anything, or a model derived from it.",
    "sam-hq": "Weights and architecture: SAM-HQ authors (ETH Zurich, HKUST), on Meta AI's Segment Anything.",
    "sam2": "Weights and architecture: Meta AI, SAM 2.",
}


def read_folder(folder: Path) -> Model:
    """A model from a folder.

    Raises ExportError in one line: no folder, no or damaged config.json, a family that is not read, no or damaged
    weights, missing or unexpected parameters, wrong shapes, values that are not finite.
    """
    config, kind = read_config(folder)
    skeleton = build(folder, kind, config, "meta")
    state = load_weights(folder, skeleton)
    fit(folder, skeleton, state)  # before memory is taken for what config.json claims
    model = build(folder, kind, config, "cpu").eval().requires_grad_(False)
    fill(folder, model, state)
    family = {"sam_hq": "sam-hq", "sam": "sam"}.get(kind, "sam2")
    name = folder.resolve().name
    card = Card(id=name, name=name, family=family, spdx="Apache-2.0", licence_note=PUBLISHERS[family],
                provenance=f"Exported from the Hugging Face folder {name}.", frame=read_frame(folder, config, family),
                padding="always" if family == "sam2" else "caller-unless-box", masks=masks_of(config, family))
    return sam2_model(model, card) if family == "sam2" else vit_model(model, card)


def read_config(folder: Path) -> tuple[transformers.PreTrainedConfig, str]:
    path = folder / "config.json"
    if not path.is_file():
        raise ExportError(f"{folder}: no config.json; expected a Hugging Face folder with config.json and safetensors")
    try:
        content = json.loads(path.read_text())
        kind = content.get("model_type")
    except (ValueError, AttributeError, RecursionError) as error:
        raise ExportError(f"{path}: not a JSON object ({one_line(error)})") from error
    if kind not in CLASSES:
        raise ExportError(f"{path}: model_type {kind!r}, expected one of {', '.join(CLASSES)}")
    try:
        return CLASSES[kind][0].from_dict({**content, "model_type": kind.removesuffix("_video")}), kind
    except Exception as error:  # whatever the configuration's own checks raise
        raise ExportError(f"{path}: {one_line(error, 300)}") from error


def build(
    folder: Path, kind: str, config: transformers.PreTrainedConfig, device: str
) -> transformers.PreTrainedModel:
    try:
        with torch.device(device):
            return CLASSES[kind][1](config)
    except Exception as error:  # sizes that do not go together
        raise ExportError(f"{folder / 'config.json'}: no model can be built of it ({one_line(error)})") from error


def load_weights(folder: Path, model: transformers.PreTrainedModel) -> dict[str, Tensor]:
    """All parameters, with shared ones under all their names, without those that are for video only."""
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise ExportError(f"{folder}: no model*.safetensors")
    state: dict[str, Tensor] = {}
    for path in files:
        try:
            state |= load_file(path)
        except Exception as error:  # whatever a damaged header makes it raise
            raise ExportError(f"{path}: not a safetensors file, or a damaged one ({one_line(error)})") from error
    ignored = [re.compile(pattern) for pattern in model._keys_to_ignore_on_load_unexpected or ()]
    state = {key: value for key, value in state.items() if not any(p.search(key) for p in ignored)}
    expected = model.state_dict()
    for key, source in SHARED.items():
        if key in expected and key not in state and source in state:
            state[key] = state[source]
    return state


def read_frame(folder: Path, config: transformers.PreTrainedConfig, family: str) -> Frame:
    """The preparation of pictures, as preprocessor_config.json has it; the families' own where it is silent."""
    path = folder / "preprocessor_config.json"
    try:
        content = json.loads(path.read_text()) if path.is_file() else {}
        mean, std = (tuple(round(255 * v, 6) for v in content.get(key) or ()) or default
                     for key, default in (("image_mean", MEAN), ("image_std", STD)))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ExportError(f"{path}: not a description of preprocessing ({one_line(error)})") from error
    if len(mean) != 3 or len(std) != 3 or not np.isfinite([*mean, *std]).all() or min(std) <= 0:
        raise ExportError(f"{path}: mean {list(mean)} and deviation {list(std)}, expected three numbers each, "
                          "deviations above 0")
    size = square(config.prompt_encoder_config.image_size)
    return Frame(size=size, aspect="stretch" if family == "sam2" else "pad", mean=mean, std=std)


def square(size: int | list[int] | tuple[int, ...]) -> int:
    sides = {size} if isinstance(size, int) else set(size)
    if len(sides) != 1:
        raise ExportError(f"sides {list(size)}, expected a square")
    return sides.pop()


def masks_of(config: transformers.PreTrainedConfig, family: str) -> dict:
    decoder = config.mask_decoder_config
    if family != "sam2" or not decoder.dynamic_multimask_via_stability:
        return {}
    return {"single_fallback": {"stability_offset": decoder.dynamic_multimask_stability_delta,
                                "threshold": decoder.dynamic_multimask_stability_thresh}}


def decoder_sizes(config: transformers.PreTrainedConfig) -> Sizes:
    prompt, decoder = config.prompt_encoder_config, config.mask_decoder_config
    size = square(prompt.image_size)
    return Sizes(
        input=size, side=size // square(prompt.patch_size), channels=decoder.hidden_size,
        heads=decoder.num_attention_heads, cross_channels=decoder.hidden_size // decoder.attention_downsample_rate,
        mlp_channels=decoder.mlp_dim, iou_channels=decoder.iou_head_hidden_dim, layers=decoder.num_hidden_layers,
        masks=decoder.num_multimask_outputs + 1, mask_channels=prompt.mask_input_channels,
        norm_eps=getattr(decoder, "layer_norm_eps", 1e-5),
    )


def vit_model(model: transformers.PreTrainedModel, card: Card) -> Model:
    vision = model.config.vision_config
    encoder = VitEncoder(VitSizes(
        channels=vision.hidden_size, blocks=vision.num_hidden_layers, heads=vision.num_attention_heads,
        global_blocks=tuple(vision.global_attn_indexes), mlp_channels=vision.mlp_dim, window=vision.window_size,
        patch=square(vision.patch_size), input=square(vision.image_size), channels_out=vision.output_channels,
    ))
    sizes = decoder_sizes(model.config)
    quality = card.family == "sam-hq"
    decoder = HqMaskDecoder(sizes, vision.hidden_size) if quality else MaskDecoder(sizes)
    prompt = PromptEncoder(sizes)
    transfer(model, encoder, prompt, decoder)
    reference = (SamHqReference if quality else TransformersReference)(model)
    graph = lambda form: VitGraph(encoder, form, decoder if quality else None).build()  # noqa: E731
    return Model(card, graph, prompt, decoder, reference)


def sam2_model(model: transformers.Sam2Model, card: Card) -> Model:
    sizes = decoder_sizes(model.config)
    prompt, decoder = PromptEncoder(sizes), Sam2MaskDecoder(sizes)
    transfer(model, None, prompt, decoder)
    graph = lambda form: HieraGraph(model, decoder, form).build()  # noqa: E731
    return Model(card, graph, prompt, decoder, Sam2Reference(model))


def transfer(
    model: transformers.PreTrainedModel, encoder: VitEncoder | None, prompt: PromptEncoder, decoder: MaskDecoder
) -> None:
    """Copies transformers' parameters into our modules, under the official names."""
    whole = nn.Module()
    whole.prompt_encoder, whole.mask_decoder = prompt, decoder
    if encoder is not None:
        whole.image_encoder = encoder
    state = {official_name(key): value for key, value in model.state_dict().items() if key not in SHARED}
    if encoder is None:
        state = {key: value for key, value in state.items() if key.startswith(("prompt_encoder.", "mask_decoder."))}
    together = state.pop("prompt_encoder.point_embeddings.weight", None)
    if together is not None:
        state |= {f"prompt_encoder.point_embeddings.{i}.weight": together[i : i + 1] for i in range(len(together))}
    fill(Path(model.config.model_type), whole, state)
    whole.eval().requires_grad_(False)


def official_name(key: str) -> str:
    for pattern, replacement in NAMES:
        key = re.sub(pattern, replacement, key)
    return key
