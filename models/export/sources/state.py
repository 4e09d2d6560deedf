"""Reads the tensors of a .pth file, after every checksum that there is."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import torch
from torch import Tensor

from ..output.write import ExportError, one_line

# SHA-256 of files as they were published, by their published names; the same as in core/model/registry.ts
PUBLISHED = {
    "sam_vit_b_01ec64.pth": "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
    "sam_vit_l_0b3195.pth": "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
    "sam_vit_h_4b8939.pth": "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
    "mobile_sam.pt": "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
}
GO_ON = "--ignore-checksums goes on all the same"


def load_state(path: Path, ignore_checksums: bool = False) -> dict[str, Tensor]:
    """Tensors by parameter name.

    Raises ExportError in one line: no such file, a checksum that does not match, not a checkpoint or a damaged one,
    anything but a dictionary of plain tensors.
    """
    if not path.is_file():
        raise ExportError(f"{path}: no such file")
    if not ignore_checksums:
        check_published(path)
        check_archive(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle makes the unpickler raise whatever it likes
        reason = f"{type(error).__name__}: {one_line(error).split('. ')[0]}"
        raise ExportError(f"{path}: not a PyTorch checkpoint of plain weights, or a damaged one ({reason})") from error
    if isinstance(content, dict):
        content = next((content[key] for key in ("model", "state_dict") if isinstance(content.get(key), dict)), content)
    if not isinstance(content, dict) or not content or not all(isinstance(v, Tensor) for v in content.values()):
        raise ExportError(f"{path}: a {type(content).__name__}, expected a dictionary of tensors by parameter name")
    for key, value in content.items():
        check_plain(path, str(key), value)
    return {str(key): value for key, value in content.items()}


def check_published(path: Path) -> None:
    expected = PUBLISHED.get(path.name)
    if expected is None:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise ExportError(f"{path}: sha256 {found}, but the published file of this name has {expected}: damaged, "
                          f"incomplete or another file; {GO_ON}")


def check_archive(path: Path) -> None:
    """The CRC-32 of every record of a zip file, which torch.load does not look at."""
    if not zipfile.is_zipfile(path):
        return  # the older format has no checksums; a file that is cut has lost its directory
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except Exception as error:  # damaged headers make it raise more than BadZipFile
        raise ExportError(f"{path}: a damaged checkpoint ({one_line(error)})") from error
    if damaged is not None:
        raise ExportError(f"{path}: a damaged checkpoint: the checksum of its record {damaged!r} does not match; "
                          f"{GO_ON}")


def check_plain(path: Path, key: str, value: Tensor) -> None:
    """Dense numbers that the file really holds: strides may claim far more than that."""
    plain = value.layout == torch.strided and value.device.type == "cpu" and not value.is_quantized
    if not plain or value.is_complex():
        raise ExportError(f"{path}: {one_line(key)} is not a dense tensor of real numbers")
    if value.numel() * value.element_size() > value.untyped_storage().nbytes():
        raise ExportError(f"{path}: {one_line(key)} claims the shape {list(value.shape)}, more than the file holds")
