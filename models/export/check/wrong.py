"""Wrong and damaged checkpoints for check.py: each takes the good ones and a folder, and gives the wrong one's path."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch


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


def change_header(folder: Path) -> None:
    """The shape of the first tensor, in the JSON that begins a safetensors file."""
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes().replace(b'"shape":[', b'"shape":[9', 1))


def one_bit(sources: dict[str, Path], folder: Path) -> Path:
    """A bit of a weight, in the middle of the largest record."""
    path = Path(shutil.copy(sources["sam-tiny"], folder / "bit.pth"))
    with zipfile.ZipFile(path) as archive:
        record = max(archive.infolist(), key=lambda info: info.file_size)
    content = bytearray(path.read_bytes())
    content[record.header_offset + record.file_size // 2] ^= 1
    path.write_bytes(content)
    return path


def published_name(sources: dict[str, Path], folder: Path) -> Path:
    return Path(shutil.copy(sources["sam-tiny"], folder / "sam_vit_b_01ec64.pth"))


def damaged_copies(sources: dict[str, Path], folder: Path, count: int = 60) -> Iterator[Path]:
    """Seeded: bytes changed and files cut, in both formats of PyTorch, in a zip whose checksums fit, and in folders."""
    folder.mkdir()
    state = torch.load(sources["sam-tiny"], weights_only=True)
    torch.save(state, folder / "old.pth", _use_new_zipfile_serialization=False)
    old, new = (folder / "old.pth").read_bytes(), sources["sam-tiny"].read_bytes()
    random, path = np.random.default_rng(7), folder / "damaged.pth"
    # the pickles of the older format end before its first storage
    beginning = old.index(state[TOKEN].numpy().tobytes()[:64])
    for _ in range(count):
        path.write_bytes(changed(old, random, beginning))
        yield path
        path.write_bytes(changed(new, random, len(new)))
        yield path
        rezip(sources["sam-tiny"], path, random)
        yield path
        path.write_bytes(new[: random.integers(len(new))])
        yield path
    for name, span in (("config.json", 4000), ("model.safetensors", 4000)):
        good = (sources["sam2.1-narrow"] / name).read_bytes()
        copy = Path(shutil.copytree(sources["sam2.1-narrow"], folder / name))
        for _ in range(count // 3):
            (copy / name).write_bytes(changed(good, random, min(span, len(good))))
            yield copy


def changed(content: bytes, random: np.random.Generator, span: int) -> bytes:
    """With up to four bytes of the first `span` replaced."""
    values = np.frombuffer(content, np.uint8).copy()
    where = random.integers(0, span, random.integers(1, 5))
    values[where] = random.integers(0, 256, len(where))
    return values.tobytes()


def rezip(source: Path, path: Path, random: np.random.Generator) -> None:
    """The zip file with its pickle changed and every checksum right."""
    with zipfile.ZipFile(source) as good, zipfile.ZipFile(path, "w") as copy:
        for info in good.infolist():
            content = good.read(info)
            pickle = info.filename.endswith("data.pkl")
            copy.writestr(info.filename, changed(content, random, len(content)) if pickle else content)


TOKEN = "mask_decoder.iou_token.weight"
PATCH = "image_encoder.patch_embed.proj.weight"
POSITIONS = "image_encoder.pos_embed"
WRONG: dict[str, tuple[Callable, str]] = {
    "a missing file": (lambda sources, folder: folder / "none.pth", "no such file"),
    "a text file": (written("text.pth", b"<html>not found</html>"), "not a PyTorch checkpoint"),
    "an empty file": (written("empty.pth", b""), "not a PyTorch checkpoint"),
    "a checkpoint cut in half": (cut(0.5), "a damaged one"),
    "a checkpoint without its last bytes": (cut(0.999), "a damaged one"),
    "one changed bit in a weight": (one_bit, "checksum of its record"),
    "a changed file of a published name": (published_name, "but the published file of this name has ec2df6"),
    "a tensor that claims more than the file holds": (
        edited(lambda state: state.update({TOKEN: torch.zeros(1).expand(10**6, 10**6)})), "more than the file holds"),
    "a sparse tensor": (edited(lambda state: state.update({TOKEN: state[TOKEN].to_sparse()})), "not a dense tensor"),
    "positions of too few dimensions": (edited(lambda state: state.update({POSITIONS: torch.zeros(4)})),
                                        "whose depth and widths cannot be told"),
    "a patch size of nothing": (edited(lambda state: state.update({PATCH: torch.zeros(16, 3, 0, 0)})), "edited.pth"),
    "decoder channels that no heads divide": (edited(lambda state: {**state, TOKEN: torch.zeros(1, 15)}), "shape"),
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
    "MobileSAM without a parameter": (edited(without("image_encoder.neck.0.weight"), "mobile-sam"),
                                      "image_encoder.neck.0.weight"),
    "a folder without config.json": (folder_with(lambda folder: (folder / "config.json").unlink()), "no config.json"),
    "a damaged config.json": (folder_with(lambda folder: (folder / "config.json").write_text("{")),
                              "not a JSON object"),
    "a damaged preprocessor_config.json": (
        folder_with(lambda folder: (folder / "preprocessor_config.json").write_text('{"image_mean": 3}')),
        "not a description of preprocessing"),
    "another model type": (folder_with(reconfigure(model_type="bert")), "model_type 'bert', expected one of"),
    "a configuration that does not fit": (folder_with(reconfigure(mask_decoder_config={"hidden_size": 24})), "shape"),
    "a folder without weights": (folder_with(lambda folder: (folder / "model.safetensors").unlink()), "no model*"),
    "cut safetensors": (folder_with(cut_weights), "a damaged one"),
    "safetensors with a changed header": (folder_with(change_header), "a damaged one"),
    "a config.json that is a list": (folder_with(lambda folder: (folder / "config.json").write_text("[]")),
                                     "not a JSON object"),
    "a config.json that is no text": (folder_with(lambda folder: (folder / "config.json").write_bytes(b"\xff\xfe\x00")),
                                      "not a JSON object"),
    "a config.json that claims terabytes": (
        folder_with(reconfigure(mask_decoder_config={"hidden_size": 1 << 20})), "expected"),
    "a deviation of zero": (
        folder_with(lambda folder: (folder / "preprocessor_config.json").write_text('{"image_std": [0, 1, 1]}')),
        "deviations above 0"),
}
