"""What this machine can run, without importing torch, and which model suits it."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from platform import machine
from types import MappingProxyType
from typing import Literal

from assistant.catalog import Entry, entries

Device = Literal["cuda", "mps", "cpu"]

X86 = machine() in ("x86_64", "AMD64")

READING = 9.0
"""Tokens a second below which a person reads faster than the model writes: about 400 words a minute."""
MEDIUM_MB = 12_000
"""Medium takes 3.5 GB while it runs, but 8.5 GB to be converted, once."""


@dataclass(frozen=True, slots=True)
class Machine:
    """`cores` this process may use, `memory_mb` of the machine, its accelerator and that one's memory; `int8` says whether the
    processor multiplies 8-bit integers at once (VNNI, AMX, i8mm), which makes prompts two to three times faster."""

    cores: int
    memory_mb: int
    device: Device
    device_mb: int
    int8: bool = True


def cores() -> int:
    """How many this process may use; `detect` also asks for a graphics card, which takes a process of its own."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """Its name, as the machine tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or machine()


def detect() -> Machine:
    """This machine, as far as the choice of a model depends on it."""
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    cuda_mb, int8 = _cuda_mb(), _int8()
    found = cores()
    if cuda_mb:
        return Machine(found, memory_mb, "cuda", cuda_mb, int8)
    if sys.platform == "darwin" and machine() == "arm64":
        return Machine(found, memory_mb, "mps", memory_mb * 2 // 3, int8)  # what Metal lets one process have
    return Machine(found, memory_mb, "cpu", 0, int8)


def choose(found: Machine, reply_speeds: Mapping[str, float] = MappingProxyType({})) -> tuple[Entry, str]:
    """The chat model for this machine, and why, as a sentence. `reply_speeds` are measured tokens a second by model.

    On an accelerator: the best that fits its memory. On a CPU: medium (1.5B), which follows what it is told visibly better
    than small, if it writes at READING tokens a second. Where that has not been measured: with int8 instructions or many
    cores; 2 cores with them write 13 to 15.
    """
    chat = sorted((entry for entry in entries().values() if entry.rank), key=lambda entry: entry.rank)
    if found.device != "cpu":
        fitting = [entry for entry in chat if entry.memory_mb <= found.device_mb * 0.9]
        return (fitting or chat)[-1 if fitting else 0], (
            f"the best that fits the {found.device_mb / 1024:.0f} GB that {found.device} has"
        )
    speed = reply_speeds.get("medium")
    if found.memory_mb < MEDIUM_MB:
        return entries()["small"], f"no graphics card, {found.memory_mb / 1024:.0f} GB of memory: medium needs more"
    if speed is not None and speed < READING:
        return entries()["small"], f"medium writes {speed:.0f} tokens a second here, slower than one reads"
    if speed is not None:
        return entries()["medium"], f"no graphics card, {speed:.0f} tokens a second"
    if found.cores >= 8 or (found.int8 and found.cores >= 2):
        return entries()["medium"], f"no graphics card, {found.cores} cores: medium should be fast enough"
    return entries()["small"], f"no graphics card, {found.cores} cores: small answers without a wait"


def _int8() -> bool:
    try:
        words = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return machine() == "arm64"  # every Mac of that kind
    return not {"avx512_vnni", "avx_vnni", "amx_int8", "i8mm"}.isdisjoint(words)


def _cuda_mb() -> int:
    program = shutil.which("nvidia-smi")
    if not program:
        return 0
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        query = [program, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
        done = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True)
        return max(int(line) for line in done.stdout.split())
    return 0
