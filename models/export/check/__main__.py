"""Runs the whole chain on tiny random models: python -m export.check

Modules against transformers, every family through the command, external data, every way a checkpoint can be wrong,
every layout. Prints a line a check; exit code 1 if one fails.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import shutil
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
import transformers

from ..__main__ import main as command
from ..layouts.layouts import LAYOUTS, write_layout
from ..output.cases import pytorch_answers, relative
from ..output.write import ExportError
from ..random_models import make
from ..sources.checkpoint import read_checkpoint
from ..sources.huggingface import official_name, read_folder
from ..sources.state import PUBLISHED
from .wrong import WRONG, damaged_copies

FAILURES: list[str] = []


def main() -> int:
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    transformers.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sources = {name: make(folder, name) for name in ("sam-tiny", "sam-tiny-512", "sam-hq-narrow", "sam2.1-narrow")}
        sources |= {name: make(folder, name) for name in ("mobile-sam", "mobile-sam-narrow")}
        for name in ("sam-hf-narrow", "sam-hq-narrow"):
            attempt(f"modules under official names agree with transformers: {name}",
                    lambda: check_official_names(folder, name))
        for name, source in sources.items():
            attempt(f"export of {name}", lambda: check_export(source, folder / "out" / name))
        attempt("float32 storage", lambda: check_export(sources["sam-tiny"], folder / "out/fp32", "--storage=fp32"))
        attempt("external data", lambda: check_external(sources["sam-tiny"], folder / "out/external"))
        for name, (make_wrong, expected) in WRONG.items():
            attempt(f"refuses {name}", lambda: check_refused(make_wrong, expected, sources, folder / "wrong"))
        attempt("damaged copies are refused, or whole", lambda: check_damaged(sources, folder / "damaged"))
        attempt("a changed file of a published name, with --ignore-checksums",
                lambda: check_ignored(sources["sam-tiny"], folder / "changed"))
        attempt("published checksums are those of core/model/registry.ts", check_published)
        for name in LAYOUTS:
            attempt(f"layout {name}", lambda: write_layout(name, folder / "layouts", folder, stride=8))
    print(f"{len(FAILURES)} failed" if FAILURES else "all passed")
    return 1 if FAILURES else 0


def attempt(what: str, check: Callable[[], object]) -> None:
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            check()
        print(f"ok      {what}")
    except Exception:  # a check may fail in any way; the next ones still run
        FAILURES.append(what)
        print(f"FAILED  {what}\n{output.getvalue()}{traceback.format_exc()}")


def run(source: Path, out: Path, *options: str) -> tuple[int, str]:
    """The command's exit code and what it says to standard error."""
    kind = "huggingface" if source.is_dir() else "checkpoint"
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        return command([kind, str(source), "-o", str(out), *options]), errors.getvalue()


def check_official_names(folder: Path, name: str) -> None:
    """The same random weights as a Hugging Face folder and as an official checkpoint answer the same."""
    source = make(folder, name)
    reference = read_folder(source)
    state = {official_name(key): value for key, value in reference.reference.model.state_dict().items()
             if not key.startswith("prompt_encoder.shared_embedding")}
    torch.save(state, folder / "named.pth")
    check_export(folder / "named.pth", folder / "out" / f"{name}-official")
    ours, theirs = (pytorch_answers(model) for model in (read_checkpoint(folder / "named.pth"), reference))
    worst = max(relative(a.low_res_logits, b.low_res_logits) for a, b in zip(ours[1].values(), theirs[1].values()))
    assert max(worst, relative(ours[0], theirs[0])) < 1e-4, worst


def check_export(source: Path, out: Path, *options: str) -> dict:
    code, errors = run(source, out, *options)
    assert code == 0, errors
    manifest = json.loads((out / "manifest.json").read_text())
    assert set(manifest["files"]) == {path.name for path in out.iterdir()} - {"manifest.json"}
    return manifest


def check_external(source: Path, out: Path) -> None:
    manifest = check_export(source, out, "--external-above=100000")
    assert manifest["encoders"]["precise"]["external"] == ["encoder-precise.onnx.data"], manifest["encoders"]


def check_published() -> None:
    registry = (Path(__file__).resolve().parents[3] / "core/model/registry.ts").read_text()
    assert PUBLISHED and all(f'"{name}"' in registry and f'"{sha256}"' in registry for name, sha256 in PUBLISHED.items())


def check_ignored(source: Path, folder: Path) -> None:
    folder.mkdir()
    named = Path(shutil.copy(source, folder / next(iter(PUBLISHED))))
    check_export(named, folder / "out", "--ignore-checksums")


def check_damaged(sources: dict[str, Path], folder: Path) -> None:
    """Whatever bytes change, reading ends in an ExportError of one line or in a model."""
    refused = 0
    for path in damaged_copies(sources, folder):
        try:
            read_checkpoint(path) if path.is_file() else read_folder(path)
        except ExportError as error:
            assert "\n" not in str(error), error
            refused += 1
    assert refused > 100, refused


def check_refused(make_wrong: Callable, expected: str, sources: dict[str, Path], folder: Path) -> None:
    """One line that says what is wrong, and an older export at the same place stays as it was."""
    shutil.rmtree(folder, ignore_errors=True)
    out = folder / "out"
    out.mkdir(parents=True)
    (out / "manifest.json").write_text("older")
    code, errors = run(make_wrong(sources, folder), out)
    assert code == 1 and errors.count("\n") == 1 and expected in errors, (code, errors, expected)
    assert [path.name for path in out.iterdir()] == ["manifest.json"]
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


if __name__ == "__main__":
    sys.exit(main())
