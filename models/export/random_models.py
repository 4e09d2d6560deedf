"""Seeded random checkpoints in the true layouts, so that every way through the export can be proven without weights.

    python -m export.random_models OUT [NAME ...]
    python -m export.random_models OUT --export [NAME ...]

Writes OUT/<name>.pth or OUT/<name>/ (Hugging Face); with --export, OUT/<name>/ is the exported model with PyTorch's
answers, as `npm run parity:models` compares them, and the checkpoint is not kept. The values are scaled so that the
masks of a click on the test picture have logits of both signs and a spread of about 8.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
import transformers
from torch import Tensor, nn

from .__main__ import main as run_command
from .decoder.sam import MaskDecoder, PromptEncoder, Sizes
from .output.cases import CASES, placed
from .output.manifest import PICTURE
from .output.picture import disc
from .sources.checkpoint import read_checkpoint
from .sources.huggingface import read_folder
from .sources.model import Model
from .tiny_vit.mobile import MobileEncoder
from .tiny_vit.modules import Stage, TinyVitSizes
from .vit.modules import VitEncoder, VitSizes

SPREAD = 8.0
# two at true size, the others at true widths with fewer blocks; test/models/parity.test.ts asks for all of these
PARITY = ("mobile-sam", "sam-vit-b", "sam-vit-l-short", "sam-vit-h-short", "sam-hq-vit-b-short", "sam2.1-tiny-short",
          "sam2.1-large-short")


def randomise(module: nn.Module, seed: int) -> None:
    """Weights of unit gain, norms near one, tables and relative positions that matter."""
    generator = torch.Generator().manual_seed(seed)

    def normal(like: Tensor, scale: float, mean: float = 0.0) -> Tensor:
        return mean + scale * torch.randn(like.shape, generator=generator)

    for name, value in module.state_dict().items():
        if not value.is_floating_point():
            continue
        last = name.rsplit(".", 1)[-1]
        if last == "running_var":
            new = normal(value, 0.2, 1.0).abs() + 0.1
        elif last == "running_mean":
            new = normal(value, 0.1)
        elif last in ("rel_pos_h", "rel_pos_w", "pos_embed", "pos_embed_window"):
            new = normal(value, 0.1)
        elif last in ("attention_biases", "bias"):
            new = normal(value, 0.3 if last == "attention_biases" else 0.05)
        elif value.ndim == 1:
            new = normal(value, 0.1, 1.0)
        elif "embed" in name and "proj" not in name or "gaussian" in name or "token" in name and value.shape[0] < 8:
            new = normal(value, 1.0 if "gaussian" in name or "positional" in name else 0.5)
        else:
            new = normal(value, (value[0].numel()) ** -0.5)
        value.copy_(new)


def calibrate(model: Model, decoder: nn.Module) -> None:
    """Scales and shifts the mask heads so that logits spread by SPREAD around zero for a click on the test picture.

    `decoder`: the mask decoder that the reference runs, under official or under transformers' names.
    """
    upscaling, heads, more = mask_heads(decoder)
    features: list[Tensor] = []
    hook = upscaling.register_forward_hook(lambda *call: features.append(call[2]))
    image = torch.from_numpy(model.card.frame.model_input(disc(PICTURE["width"], PICTURE["height"])))
    with torch.no_grad():
        embedded = model.reference.embed(image)
        _, logits = model.reference.predict(embedded, [placed(CASES[0].prompts[0], model)], None)
        masks = torch.from_numpy(logits[0])
        mean = next(x for x in features if x.shape[1] == model.decoder.sizes.mask_vector)[0].mean(dim=(1, 2))
        for head, mask in zip(heads, masks, strict=True):
            head.bias -= mean * mask.mean() / (mean @ mean)
        for head in [*heads, *more]:
            head.weight *= SPREAD / masks.std(dim=(1, 2)).mean()
            head.bias *= SPREAD / masks.std(dim=(1, 2)).mean()
    hook.remove()


def mask_heads(decoder: nn.Module) -> tuple[nn.Module, list[nn.Linear], list[nn.Linear]]:
    """What gives the mask features, the last layers of the heads of the four masks, and of HQ's."""
    if hasattr(decoder, "output_upscaling"):
        return decoder.output_upscaling, [head.layers[-1] for head in decoder.output_hypernetworks_mlps], []
    more = [decoder.hq_mask_mlp.proj_out] if hasattr(decoder, "hq_mask_mlp") else []
    return decoder.activation, [head.proj_out for head in decoder.output_hypernetworks_mlps], more


def official(encoder: nn.Module, seed: int) -> nn.Module:
    whole, sizes = nn.Module(), Sizes()
    narrow = encoder.sizes.channels_out
    if narrow < sizes.channels:
        frame = encoder.sizes if isinstance(encoder, VitEncoder) else sizes
        sizes = Sizes(input=frame.input, side=frame.side, channels=narrow, cross_channels=narrow // 2,
                      mlp_channels=2 * narrow, iou_channels=narrow)
    whole.image_encoder, whole.prompt_encoder, whole.mask_decoder = encoder, PromptEncoder(sizes), MaskDecoder(sizes)
    with torch.no_grad():
        randomise(whole, seed)
    return whole.eval()


def write_official(path: Path, encoder: nn.Module, seed: int) -> None:
    """An official .pth: random, read back, calibrated, written again."""
    whole = official(encoder, seed)
    torch.save(whole.state_dict(), path)
    model = read_checkpoint(path)
    calibrate(model, model.decoder)
    whole.mask_decoder.load_state_dict(model.decoder.state_dict())
    torch.save(whole.state_dict(), path)


def vit(channels: int, heads: int, blocks: int, global_blocks: tuple[int, ...]) -> VitEncoder:
    return VitEncoder(VitSizes(channels, blocks, heads, global_blocks, 4 * channels))


NARROW_STAGES = (Stage(128, 8, 1, 7, 1), Stage(64, 16, 2, 14, 1), Stage(64, 16, 2, 7, 1))
OFFICIAL: dict[str, Callable[[], nn.Module]] = {
    "mobile-sam": MobileEncoder,
    # everything narrow: for tests that carry their model along
    "sam-tiny": lambda: VitEncoder(VitSizes(16, 2, 2, (1,), 32, channels_out=16)),
    "sam-tiny-512": lambda: VitEncoder(VitSizes(32, 2, 2, (1,), 64, channels_out=32, input=512)),
    "mobile-sam-narrow": lambda: MobileEncoder(TinyVitSizes(8, 1, NARROW_STAGES, 16)),
    "sam-vit-b-short": lambda: vit(768, 12, 2, (1,)),
    "sam-vit-b": lambda: vit(768, 12, 12, (2, 5, 8, 11)),
    "sam-vit-l-short": lambda: vit(1024, 16, 3, (1,)),
    "sam-vit-h-short": lambda: vit(1280, 16, 3, (1,)),
}


def sam_config(kind: type = transformers.SamConfig, decoder: dict | None = None, **vision: object) -> object:
    vision = {"hidden_size": 768, "num_attention_heads": 12, **vision}
    return kind(vision_config=vision, mask_decoder_config=decoder or {})


def narrow_config(kind: type, **decoder: object) -> object:
    return kind(
        vision_config={"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "global_attn_indexes": [1],
                       "mlp_dim": 32, "output_channels": 16, "num_pos_feats": 8},
        prompt_encoder_config={"hidden_size": 16},
        # the official modules' epsilon, so that the same weights answer the same there
        mask_decoder_config={"hidden_size": 16, "mlp_dim": 32, "iou_head_hidden_dim": 16, "layer_norm_eps": 1e-5,
                             **decoder},
    )


def sam2_config(
    width: int, heads: int, blocks: list[int], windows: list[int], global_blocks: list[int], narrow: int | None = None
) -> object:
    widths = [width * 2**i for i in range(4)]
    backbone = {"hidden_size": width, "num_attention_heads": heads, "blocks_per_stage": blocks,
                "embed_dim_per_stage": widths, "num_attention_heads_per_stage": [heads * 2**i for i in range(4)],
                "window_size_per_stage": windows, "global_attention_blocks": global_blocks}
    vision = {"backbone_config": backbone, "backbone_channel_list": widths[::-1]}
    if narrow is None:
        return transformers.Sam2Config(vision_config=vision)
    return transformers.Sam2Config(
        vision_config={**vision, "fpn_hidden_size": narrow}, prompt_encoder_config={"hidden_size": narrow},
        mask_decoder_config={"hidden_size": narrow, "mlp_dim": 2 * narrow, "iou_head_hidden_dim": narrow},
    )


HUGGINGFACE: dict[str, Callable[[], object]] = {
    "sam-hf-short": lambda: sam_config(num_hidden_layers=2, global_attn_indexes=[1]),
    # pruned by 77 %: 168 channels of 768, 696 of 3072
    "slimsam-77": lambda: sam_config(hidden_size=168, mlp_dim=696),
    "sam-hq-vit-b-short": lambda: sam_config(transformers.SamHQConfig, {"vit_dim": 768}, num_hidden_layers=3,
                                             global_attn_indexes=[1]),
    "sam-hf-narrow": lambda: narrow_config(transformers.SamConfig),
    "sam-hq-narrow": lambda: narrow_config(transformers.SamHQConfig, vit_dim=16),
    "sam2.1-narrow": lambda: sam2_config(8, 1, [1, 1, 2, 1], [8, 4, 14, 7], [3], narrow=16),
    "sam2.1-tiny-short": lambda: sam2_config(96, 1, [1, 2, 3, 2], [8, 4, 14, 7], [4]),
    "sam2.1-large-short": lambda: sam2_config(144, 2, [1, 2, 3, 2], [8, 4, 16, 8], [4]),
}


def write_huggingface(folder: Path, config: object, seed: int) -> None:
    """A Hugging Face folder: random, read back, calibrated, written again."""
    kind = {"sam": transformers.SamModel, "sam_hq": transformers.SamHQModel, "sam2": transformers.Sam2Model}
    whole = kind[config.model_type](config).eval().requires_grad_(False)
    with torch.no_grad():
        randomise(whole, seed)
        if hasattr(whole.prompt_encoder, "shared_embedding"):
            shared = whole.shared_image_embedding.positional_embedding
            whole.prompt_encoder.shared_embedding.positional_embedding.copy_(shared)
    whole.save_pretrained(folder)
    model = read_folder(folder)
    calibrate(model, model.reference.model.mask_decoder)
    model.reference.model.save_pretrained(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all; with --export, what parity needs")
    parser.add_argument("--export", action="store_true", help="export each, with PyTorch's answers")
    arguments = parser.parse_intermixed_args()
    known = [*OFFICIAL, *HUGGINGFACE]
    unknown = set(arguments.names) - set(known)
    if unknown:
        sys.exit(f"unknown {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or (PARITY if arguments.export else known):
        if arguments.export:
            export(arguments.out, name)
        else:
            print(make(arguments.out, name))


def export(out: Path, name: str) -> None:
    """Makes a checkpoint, exports it to OUT/<name> with PyTorch's answers, and drops the checkpoint."""
    with tempfile.TemporaryDirectory(dir=out, prefix=".checkpoint-") as temporary:
        source = make(Path(temporary), name)
        kind = "huggingface" if source.is_dir() else "checkpoint"
        code = run_command([kind, str(source), "-o", str(out / name), "--reference"])
    if code != 0:
        sys.exit(code)


def make(out: Path, name: str) -> Path:
    """Writes the checkpoint of that name and returns its path."""
    seed = sum(name.encode())
    if name in OFFICIAL:
        write_official(out / f"{name}.pth", OFFICIAL[name](), seed)
        return out / f"{name}.pth"
    write_huggingface(out / name, HUGGINGFACE[name](), seed)
    return out / name


if __name__ == "__main__":
    main()
