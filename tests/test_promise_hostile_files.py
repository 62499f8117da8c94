"""Files made to harm end in under 5 seconds of work and 100 MB of memory with an error a person can act on, and nothing is
changed. Each is imported in a process of its own, whose peak is measured."""

import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.test_memory_importing import MOVING

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="resource is not there")

ROOT = Path(__file__).parent.parent
CHILDREN = """
import json, os, resource, signal, sys, time, traceback
from pathlib import Path
from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.errors import ZhijiError
from tests.faults.kills import warm
from tests.support import HashEmbedder
from tests.test_memory_importing import CLAUDE, data

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**10 if sys.platform != "darwin" else 2**20)

def work(file, folder):
    with Runtime(Settings(data_dir=Path(folder)), model=ScriptedModel(), embedder=HashEmbedder()) as runtime:
        runtime.assistant("li").import_(data(CLAUDE))
        mei = runtime.assistant("mei")
        before, began = peak(), time.process_time()
        try:
            with open(file, "rb") as log:
                report = mei.import_(log)
            print("TAKEN", report.conversations, len(report.refused))
        except ZhijiError as error:
            print("REFUSED", error)
        print("COST", round(peak() - before), round(time.process_time() - began, 1))
        print("HELD", len(mei.conversations.list()), mei.memories.count(), len(mei.profile.facts()))

warm()
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        signal.alarm(120)
        code = 1
        try:
            work(*json.loads(line))
            code = 0
        except BaseException:
            traceback.print_exc(file=sys.stdout)
        finally:
            sys.stdout.flush()
            os._exit(code)
    print("ENDED", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def imported() -> Iterator[Callable[[Path, Path], list[str]]]:
    """`imported(file, folder)` is what a process of its own says that imports it. Their parent has loaded what takes long to
    load and opened nothing."""
    command = [sys.executable, "-c", CHILDREN]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT
    ) as parent:
        assert parent.stdin
        assert parent.stdout
        asks, says = parent.stdin, parent.stdout

        def ask(file: Path, folder: Path) -> list[str]:
            asks.write(json.dumps([str(file), str(folder)]) + "\n")
            asks.flush()
            lines: list[str] = []
            while not (line := says.readline()).startswith("ENDED"):
                assert line, "the parent ended"
                lines.append(line.removesuffix("\n"))
            assert line == "ENDED 0\n", lines
            return lines

        yield ask
        asks.close()


def zipped(name: str, write: Callable[[io.BufferedIOBase], None], times: int = 1) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for number in range(times):
                with packed.open(name.format(number), "w", force_zip64=True) as file:
                    write(file)  # type: ignore[arg-type]

    return make


def repeated(begin: bytes, what: bytes, megabytes: int, end: bytes = b"") -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with path.open("wb") as file:
            _fill(file, begin, what, megabytes, end)

    return make


def _fill(file: io.BufferedIOBase, begin: bytes, what: bytes, megabytes: int, end: bytes = b"") -> None:
    file.write(begin)
    for _ in range(megabytes):
        file.write(what * (2**20 // len(what)))
    file.write(end)


def plain(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def lying(path: Path) -> None:
    """A zip whose entry says that it is small."""
    zipped("conversations.json", lambda file: _fill(file, b"[", b"[],", 50))(path)
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = (100).to_bytes(4, "little")
    path.write_bytes(bytes(content))


FILES: dict[str, Callable[[Path], None]] = {
    "zip bomb of nothings": zipped("conversations.json", lambda file: _fill(file, b"[", b"[],", 280, b"[]]")),
    "zip bomb of one text": zipped("conversations.json", lambda file: _fill(file, b'[{"title": "', b"a", 280, b'"}]')),
    "zip bomb of one record": zipped("conversations.json", lambda file: _fill(file, b'[{"mapping": [', b"{},", 200)),
    "zip that lies": lying,
    "zip of a thousand entries, none wanted": zipped("../../passwd{}", lambda file: _fill(file, b"x", b"y", 0), 1_000),
    "zip with a path out of it": zipped("../../../tmp/conversations.json", lambda file: _fill(file, b"[1", b"x", 0)),
    "brackets in brackets": plain(b"[" * 100_000),
    "objects in objects": plain(b'[{"mapping":' * 100_000),
    "a list of a hundred million nothings": repeated(b"[", b"0,", 200, b"0]"),
    "a text without an end": repeated(b'[{"messages": [{"role": "user", "content": "', b"\\\\", 150),
    "a line without an end": repeated(b'{"messages": [], "a": [', b"1,", 100),
    "our own log with a line without an end": repeated(
        b'{"type": "zhiji-log", "version": 2, "user": "mei"}\n{"type": "message", "text": "', b"x", 100
    ),
    "a cell without an end": repeated(b'role,text\nuser,"', b"x", 100),
    "NaN": plain(b'[{"uuid": "k", "chat_messages": [{"uuid": "1", "sender": "human", "text": NaN}]}]'),
    "surrogates": plain(b'[{"uuid": "\\ud800", "chat_messages": [{"uuid": "\\udfff", "sender": "human", "text": 7}]}]'),
    "the same key many times": plain(b"[{" + b'"mapping": 1, ' * 50_000 + b'"mapping": 2}]'),
    "wrong types": plain(json.dumps([{"mapping": {"a": []}, "id": 5}, {"chat_messages": [1, None], "uuid": []}]).encode()),
    "cut off": plain(json.dumps([MOVING, MOVING]).encode()[:-30]),
    "noise": plain(random.Random(1).randbytes(20 * 2**20)),
}  # fmt: skip


@pytest.mark.reliability  # what reads files is below memory/exchange, which pulls it into a push
@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_costs_little_and_changes_nothing(
    tmp_path: Path, imported: Callable[[Path, Path], list[str]], name: str
) -> None:
    path = tmp_path / "log"
    FILES[name](path)
    said = dict(line.split(" ", 1) for line in imported(path, tmp_path / "data"))
    megabytes, seconds = map(float, said["COST"].split())
    assert megabytes < 100
    assert seconds < 5
    assert said["HELD"] == "0 0 0"
    if "REFUSED" in said:
        assert len(said["REFUSED"]) > 20
        assert "Traceback" not in said["REFUSED"]
    else:
        conversations, refused = map(int, said["TAKEN"].split())
        assert conversations == 0
        assert refused > 0
