"""How much memory a graph's run takes beyond its loaded weights: python -m export.output.measure GRAPH

Prints bytes, rounded up to 16 MB; works where there is Linux's /proc. A process of its own, so that nothing else
allocates meanwhile.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnxruntime

GRAIN = 16 * 2**20
STATUS = Path("/proc/self/statm")


def peak_of_run(graph: Path) -> int | None:
    """Bytes of intermediate results, inputs and outputs at their peak; none if it cannot be told."""
    if not STATUS.exists():
        return None
    # onnxruntime's own plan counts, not what the allocator keeps for later
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}
    words = [sys.executable, "-m", f"{__package__}.measure", str(graph.resolve())]
    folder = Path(__file__).resolve().parents[2]
    result = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    return int(result.stdout) if result.returncode == 0 and result.stdout.strip() else None


def resident() -> int:
    return int(STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # the arena's reserves are no need of the graph
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    model = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
    feed = {value.name: np.zeros(value.shape, np.float32) for value in model.get_inputs()}
    ctypes.CDLL(None).malloc_trim(0)
    before, peak, done = resident(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            peak[0] = max(peak[0], resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    model.run(None, feed)
    done.set()
    watcher.join()
    print(-(-max(0, peak[0] - before) // GRAIN) * GRAIN)


if __name__ == "__main__":
    main()
