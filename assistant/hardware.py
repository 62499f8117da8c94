"""What this machine can run, without importing torch, and which model suits it."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from platform import machine
from typing import Literal

from assistant.catalog import Entry, entries

Device = Literal["cuda", "mps", "cpu"]


@dataclass(frozen=True, slots=True)
class Machine:
    """`cores` this process may use, `memory_mb` of the machine, its accelerator and that one's memory."""

    cores: int
    memory_mb: int
    device: Device
    device_mb: int


def look() -> Machine:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    cuda_mb = _cuda_mb()
    if cuda_mb:
        return Machine(cores, memory_mb, "cuda", cuda_mb)
    if sys.platform == "darwin" and machine() == "arm64":
        return Machine(cores, memory_mb, "mps", memory_mb * 2 // 3)  # what Metal lets one process have
    return Machine(cores, memory_mb, "cpu", 0)


def choose(found: Machine) -> tuple[Entry, str]:
    """The chat model for this machine, and why, as a sentence.

    On an accelerator: the best that fits its memory. On a CPU speed decides: 1.5B answers at 9 tokens a second on
    2 cores, which is slower than reading, so it is chosen from 8 cores up.
    """
    chat = sorted((entry for entry in entries().values() if entry.rank), key=lambda entry: entry.rank)
    if found.device != "cpu":
        fitting = [entry for entry in chat if entry.memory_mb <= found.device_mb * 0.9]
        return (fitting or chat)[-1 if fitting else 0], (
            f"the best that fits the {found.device_mb / 1024:.0f} GB that {found.device} has"
        )
    if found.cores >= 8 and found.memory_mb >= 8_000:
        return entries()["medium"], f"no graphics card, {found.cores} cores: medium is fast enough"
    return entries()["small"], f"no graphics card, {found.cores} cores: small answers without a wait"


def _cuda_mb() -> int:
    program = shutil.which("nvidia-smi")
    if not program:
        return 0
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        query = [program, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
        done = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True)
        return max(int(line) for line in done.stdout.split())
    return 0
