"""The results of a run, a JSON object a line, in a folder: what is there is not done again.

    run.json         what was run: task, data, systems, model, seed, the command, versions, the machine
    results.jsonl    one line for each thing measured; `id` tells which
    report.html, report.json

A run that was cut off goes on when it is started again with the same folder and says the same in `run.json`.
"""

import importlib.metadata
import json
import os
import platform
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from assistant import hardware
from memory.errors import BadInput
from memory.exchange.log_export import write_whole

PACKAGES = (
    "zhiji",
    "chromadb",
    "ctranslate2",
    "mem0ai",
    "numpy",
    "openvino",
    "scikit-learn",
    "scipy",
    "sentence-transformers",
    "snowballstemmer",
    "torch",
    "transformers",
)
Record = Mapping[str, Any]
Progress = Callable[[int, int], None]
"""Called with (done, total)."""


class Results:
    """Raises BadInput if `folder` holds the results of another run."""

    def __init__(self, folder: Path, plan: Mapping[str, Any]) -> None:
        self.folder = folder
        self.plan = dict(plan)
        self._lock = Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"Results cannot be written to {folder} ({error.strerror}). Give another --out.") from error
        run = folder / "run.json"
        if run.exists() and _read(run)["plan"] != json.loads(json.dumps(self.plan)):
            raise BadInput(f"{folder} holds the results of another run. Give another folder with --out, or remove it.")
        if not run.exists():
            write_whole(run, iter([json.dumps({"plan": self.plan, **machine()}, ensure_ascii=False, indent=1) + "\n"]))
        _cut_to_whole_lines(folder / "results.jsonl")
        self.records: list[Record] = list(read(folder))
        self.done = {record["id"] for record in self.records}
        self._file = (folder / "results.jsonl").open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, record: Record) -> None:
        """Keep one, for good. Safe to use from several threads."""
        with self._lock:
            self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
            self._file.flush()
            self.records.append(record)
            self.done.add(record["id"])


def read(folder: Path) -> Sequence[Record]:
    """The results in a folder, without a last line that was cut off or is being written. Raises BadInput."""
    path = folder / "results.jsonl"
    if not path.exists():
        return []
    *whole, _ = path.read_bytes().split(b"\n")
    records: list[Record] = []
    for number, line in enumerate(whole, 1):
        try:
            record = json.loads(line)
            record["id"]
        except (ValueError, TypeError, KeyError) as error:
            raise BadInput(f"{path}, line {number} is not a result: {type(error).__name__} {error}.") from error
        records.append(record)
    return records


def _cut_to_whole_lines(path: Path) -> None:
    if path.exists():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)


def described(folder: Path) -> dict[str, Any]:
    """What was run in a folder. Raises BadInput."""
    if not (folder / "run.json").exists():
        raise BadInput(f"{folder} holds no results: `zhiji evaluate` writes a run.json there.")
    return _read(folder / "run.json")


def machine() -> dict[str, Any]:
    """What a run depends on besides its plan."""
    versions, found = {}, hardware.detect()
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "command": shlex.join(["zhiji", *sys.argv[1:]]),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {hardware.processor()}, {found.cores} cores"
        f"{' with instructions for 8 bits' if found.int8 else ''}, {found.memory_mb / 1024:.0f} GB, {found.device}",
        "versions": versions,
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found["plan"]["task"]
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(f"{path} does not describe a run: {type(error).__name__} {error}.") from error
    return found
