"""Seeded random checkpoints in the true layouts, so that every way through the export can be proven without weights.

    python -m export.random_models OUT [NAME ...]

Writes OUT/<name>.pth or OUT/<name>/ (Hugging Face). The values are scaled so that the masks of a click on the test
picture have logits of both signs and a spread of about 8.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .checkpoint import read_checkpoint
from .manifest import PICTURE
from .mobile import MobileEncoder
from .model import Model
from .picture import disc
from .sam import MaskDecoder, PromptEncoder, Sizes
from .vit import VitEncoder, VitSizes

SPREAD = 8.0


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


def calibrate(model: Model) -> None:
    """Scales and shifts the mask heads so that logits spread by SPREAD around zero for a click on the test picture."""
    from .cases import CASES, placed

    decoder = model.decoder
    image = torch.from_numpy(model.card.frame.model_input(disc(PICTURE["width"], PICTURE["height"])))
    captured: list[Tensor] = []
    hook = decoder.output_upscaling.register_forward_hook(lambda *call: captured.append(call[2]))
    prompt = [placed(CASES[0].prompts[0], model)]
    with torch.no_grad():
        embedded = model.reference.embed(image)
        _, logits = model.reference.predict(embedded, prompt, None)
        mean = captured[0][0].mean(dim=(1, 2))
        for head, mask in zip(decoder.output_hypernetworks_mlps, torch.from_numpy(logits[0]), strict=True):
            last = head.layers[-1]
            last.bias -= mean * mask.mean() / (mean @ mean)
            last.weight *= SPREAD / mask.std()
            last.bias *= SPREAD / mask.std()
    hook.remove()


def official(encoder: nn.Module, seed: int, sizes: Sizes = Sizes()) -> nn.Module:
    whole = nn.Module()
    whole.image_encoder, whole.prompt_encoder, whole.mask_decoder = encoder, PromptEncoder(sizes), MaskDecoder(sizes)
    with torch.no_grad():
        randomise(whole, seed)
    return whole.eval()


def write_official(path: Path, encoder: nn.Module, seed: int) -> None:
    """An official .pth: random, read back, calibrated, written again."""
    whole = official(encoder, seed)
    torch.save(whole.state_dict(), path)
    model = read_checkpoint(path)
    calibrate(model)
    whole.mask_decoder.load_state_dict(model.decoder.state_dict())
    torch.save(whole.state_dict(), path)


def vit(channels: int, heads: int, blocks: int, global_blocks: tuple[int, ...]) -> VitEncoder:
    return VitEncoder(VitSizes(channels, blocks, heads, global_blocks, 4 * channels))


OFFICIAL: dict[str, Callable[[], nn.Module]] = {
    "mobile-sam": MobileEncoder,
    "sam-vit-b-short": lambda: vit(768, 12, 2, (1,)),
    "sam-vit-b": lambda: vit(768, 12, 12, (2, 5, 8, 11)),
    "sam-vit-l-short": lambda: vit(1024, 16, 3, (1,)),
    "sam-vit-h-short": lambda: vit(1280, 16, 3, (1,)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    makers = {name: make_official for name in OFFICIAL}
    unknown = set(arguments.names) - set(makers)
    if unknown:
        sys.exit(f"unknown {', '.join(sorted(unknown))}; there are {', '.join(makers)}")
    for name in arguments.names or makers:
        makers[name](arguments.out, name)
        print(arguments.out / name)


def make_official(out: Path, name: str) -> None:
    write_official(out / f"{name}.pth", OFFICIAL[name](), seed=sum(name.encode()))


if __name__ == "__main__":
    main()
