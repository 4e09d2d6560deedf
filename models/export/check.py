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
from unittest import mock

import torch
import transformers

from .__main__ import main as command
from .cases import pytorch_answers, relative
from .checkpoint import read_checkpoint
from .huggingface import official_name, read_folder
from .layouts import LAYOUTS, write_layout
from .random_models import make

FAILURES: list[str] = []


def main() -> int:
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    transformers.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sources = {name: make(folder, name) for name in ("sam-tiny", "sam-tiny-512", "sam-hq-narrow", "sam2.1-narrow")}
        sources["mobile-sam"] = make(folder, "mobile-sam")
        attempt("modules under official names agree with transformers", lambda: check_official_names(folder))
        for name, source in sources.items():
            attempt(f"export of {name}", lambda: check_export(source, folder / "out" / name))
        attempt("float32 storage", lambda: check_export(sources["sam-tiny"], folder / "out/fp32", "--storage=fp32"))
        attempt("external data", lambda: check_external(sources["sam-tiny"], folder / "out/external"))
        for name, (make_wrong, expected) in WRONG.items():
            attempt(f"refuses {name}", lambda: check_refused(make_wrong, expected, sources, folder / "wrong"))
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
    words = ["export", kind, str(source), "-o", str(out), *options]
    with mock.patch.object(sys, "argv", words), contextlib.redirect_stderr(errors):
        return command(), errors.getvalue()


def check_official_names(folder: Path) -> None:
    """The same random weights as a Hugging Face folder and as an official checkpoint answer the same."""
    source = make(folder, "sam-hf-narrow")
    reference = read_folder(source)
    state = {official_name(key): value for key, value in reference.reference.model.state_dict().items()
             if not key.startswith("prompt_encoder.shared_embedding")}
    torch.save(state, folder / "named.pth")
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


# Wrong checkpoints: each takes the good ones and a folder, and returns the path of the wrong one


def edited(change: Callable[[dict], object], name: str = "sam-tiny") -> Callable[[dict, Path], Path]:
    def make_wrong(sources: dict[str, Path], folder: Path) -> Path:
        state = torch.load(sources[name], weights_only=True)
        changed = change(state)
        torch.save(state if changed is None else changed, folder / "edited.pth")
        return folder / "edited.pth"

    return make_wrong


def without(key: str) -> Callable[[dict], object]:
    return lambda state: {name: value for name, value in state.items() if name != key}


def cut(part: float) -> Callable[[dict, Path], Path]:
    def make_wrong(sources: dict[str, Path], folder: Path) -> Path:
        content = sources["sam-tiny"].read_bytes()
        (folder / "cut.pth").write_bytes(content[: int(part * len(content))])
        return folder / "cut.pth"

    return make_wrong


def written(name: str, content: bytes) -> Callable[[dict, Path], Path]:
    def make_wrong(sources: dict[str, Path], folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make_wrong


def folder_with(change: Callable[[Path], object]) -> Callable[[dict, Path], Path]:
    def make_wrong(sources: dict[str, Path], folder: Path) -> Path:
        shutil.copytree(sources["sam2.1-narrow"], folder / "copy")
        change(folder / "copy")
        return folder / "copy"

    return make_wrong


def reconfigure(**values: object) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return change


def cut_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


TOKEN = "mask_decoder.iou_token.weight"
POSITIONS = "image_encoder.pos_embed"
WRONG: dict[str, tuple[Callable, str]] = {
    "a missing file": (lambda sources, folder: folder / "none.pth", "no such file"),
    "a text file": (written("text.pth", b"<html>not found</html>"), "not a PyTorch checkpoint"),
    "an empty file": (written("empty.pth", b""), "not a PyTorch checkpoint"),
    "a checkpoint cut in half": (cut(0.5), "a damaged one"),
    "a checkpoint without its last bytes": (cut(0.999), "a damaged one"),
    "a pickled object": (edited(lambda state: torch.nn.Linear(2, 2)), "not a PyTorch checkpoint of plain weights"),
    "a list": (edited(lambda state: [1, 2]), "a list, expected a dictionary of tensors"),
    "another network": (edited(lambda state: {"fc.weight": torch.zeros(2, 2)}), "neither SAM"),
    "missing parameters": (edited(without(TOKEN)), f"are missing: {TOKEN}"),
    "unexpected parameters": (edited(lambda state: state.update(extra=torch.zeros(1))), "unexpected parameters: extra"),
    "a wrong shape": (edited(lambda state: state.update({POSITIONS: state[POSITIONS][..., :8]})),
                      f"{POSITIONS} has shape [1, 64, 64, 8], expected [1, 64, 64, 16]"),
    "values that are not finite": (edited(lambda state: state.update({TOKEN: state[TOKEN] / 0})), "not finite"),
    "an official SAM 2 checkpoint": (edited(lambda state: {"model": {
        "image_encoder.trunk.patch_embed.proj.weight": torch.zeros(1)}}), "a SAM 2 checkpoint"),
    "MobileSAM without a parameter": (edited(without("image_encoder.neck.0.weight"), "mobile-sam"), "image_encoder.neck.0.weight"),
    "a folder without config.json": (folder_with(lambda folder: (folder / "config.json").unlink()), "no config.json"),
    "a damaged config.json": (folder_with(lambda folder: (folder / "config.json").write_text("{")), "not a JSON object"),
    "another model type": (folder_with(reconfigure(model_type="bert")), "model_type 'bert', expected one of"),
    "a configuration that does not fit": (folder_with(reconfigure(mask_decoder_config={"hidden_size": 24})), "shape"),
    "a folder without weights": (folder_with(lambda folder: (folder / "model.safetensors").unlink()), "no model*"),
    "cut safetensors": (folder_with(cut_weights), "a damaged one"),
}

if __name__ == "__main__":
    sys.exit(main())
