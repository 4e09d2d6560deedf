"""Writing a model folder: everything into a folder beside it first, then file by file into place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..decoder.sam import PromptEncoder


class ExportError(Exception):
    """What is wrong with the checkpoint, the folder or the exported graphs, in one line."""


def one_line(error: object, longest: int = 200) -> str:
    """What somebody else's error says, or a name from a file: without line breaks, cut to a length."""
    return " ".join(str(error).split())[:longest]


@contextmanager
def beside(out: Path) -> Iterator[Path]:
    """A folder beside `out` whose files move into `out` if nothing is raised. The manifest moves last."""
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as temporary:
        folder = Path(temporary)
        yield folder
        out.mkdir(exist_ok=True)
        report_and_move(folder, out)


def write_tables(path: Path, prompt: PromptEncoder) -> None:
    tables = [table.detach().numpy() for table in prompt.tables().values()]
    path.write_bytes(b"".join(table.astype("<f4").tobytes() for table in tables))


def report_and_move(folder: Path, out: Path) -> None:
    total = 0
    for path in sorted(folder.iterdir(), key=lambda path: (path.name.startswith("manifest."), path.name)):
        total += path.stat().st_size
        print(f"{path.stat().st_size:>13,} bytes  {path.name}")
        path.chmod(0o644)
        os.replace(path, out / path.name)
    print(f"{total:>13,} bytes together in {out}")
