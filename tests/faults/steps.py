"""R2: a fault at every step of every kind of work, and what is there afterwards.

    python -m tests.faults.steps FOLDER --how kill [--work forget] [--part 0 --of 2] [--every 3] [--statements]

A step is a statement that writes to the database, the moments before and after a commit, a file that is opened for writing,
moved or removed, and a write to Chroma: in whichever thread. The work is done again from the beginning with the fault at the
first, the second, the third … step, until it ends without meeting it (as SQLite's own crash tests do:
https://sqlite.org/testing.html).

    kill      the process ends there, as by kill -9; between the statements of one transaction only with `--statements`, as
              none of them is on the disk before the commit
    once      that step fails: the disk is full, or Chroma raises; the next one works
    lasting   so do all after it, until the work has given up

Afterwards the store opens, and holds what it held before the work or what it holds after it, never anything between; after a
work that was acknowledged, only that. `zhiji doctor --deep` finds nothing, and of what was erased there is no byte in any file.
"""

import argparse
import errno
import functools
import json
import os
import shutil
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import create_engine

from assistant import Assistant, Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.errors import ZhijiError
from memory.exchange import user_archive
from memory.retention import Ages
from memory.search import indexer, inspection
from memory.search.vectors import VectorIndex
from memory.storage import backup
from memory.storage.data_folder import DATABASE
from memory.storage.migrations.run import upgrade
from tests.faults.kills import warm
from tests.support import HashEmbedder, files_holding

How = Literal["kill", "once", "lasting"]
SECRET = "Quizzaciously"
MOST = 2_000
WRITES = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "VACUUM", "REPLACE", "BEGIN IMMEDIATE")
FILES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "os.truncate"}


class Injected(RuntimeError):
    """What Chroma raises, for example."""


class Fault:
    """Counts steps, of any thread, and lets the one that is armed fail."""

    def __init__(self) -> None:
        self.left = 0
        self.how: How = "kill"
        self.statements = False
        self.met = False

    def arm(self, step: int, how: How) -> None:
        self.left, self.how = step, how

    def disarm(self) -> None:
        self.left = 0

    def step(self, error: Callable[[], Exception] | None) -> None:
        """`error` is what it fails with, `None` if it can only be the place of a kill."""
        if self.left == 0 or (error is None and self.how != "kill"):
            return
        if error is full_within and self.how == "kill" and not self.statements:
            return
        if self.left > 1:
            self.left -= 1
            return
        self.met = True
        if self.how == "kill":
            os._exit(9)
        if self.how == "once":
            self.left = 0
        assert error is not None
        raise error()


FAULT = Fault()


def full() -> Exception:
    return sqlite3.OperationalError("database or disk is full")


def full_within() -> Exception:
    """At a statement of a transaction that has begun."""
    return full()


def no_room() -> Exception:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Cursor(sqlite3.Cursor):
    def execute(self, sql: str, *values: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITES) or "wal_checkpoint" in sql:
            FAULT.step(full_within if self.connection.in_transaction else full)
        return super().execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> Any:
        FAULT.step(full_within)
        return super().executemany(sql, *values)


class Connection(sqlite3.Connection):
    def cursor(self, *_: Any) -> Any:
        return super().cursor(Cursor)

    def execute(self, sql: str, *values: Any) -> Any:
        return self.cursor().execute(sql, *values)

    def commit(self) -> None:
        if self.in_transaction:
            FAULT.step(full)
        super().commit()
        FAULT.step(None)


def watch(folder: Path) -> None:
    """From now on all that this process does is counted."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if FAULT.left == 0:
            return
        if event in FILES or (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        ):
            path = arguments[0]
            if isinstance(path, str | os.PathLike) and str(path).startswith(str(folder)):
                FAULT.step(no_room)

    sys.addaudithook(hook)
    sqlite3.connect = functools.partial(sqlite3.connect, factory=Connection)  # type: ignore[assignment]
    for name in ("upsert", "delete", "erase"):
        setattr(VectorIndex, name, _counted(getattr(VectorIndex, name)))
    indexer.RETRY_S, indexer.MAX_RETRY_S = 0.02, 0.5
    indexer.Indexer.flush.__defaults__ = (10.0,)  # while a fault lasts it is waited for in vain


def _counted(method: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*values: Any) -> Any:
        FAULT.step(Injected)
        done = method(*values)
        FAULT.step(None)
        return done

    return counted


@dataclass(frozen=True)
class Work:
    """`may_be` says of the rows before, after and found whether these are all right too."""

    name: str
    do: Callable[[Assistant, Runtime], object]
    erases: str = ""
    may_be: Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], bool] = lambda *_: False


def begun(before: dict[str, Any], after: dict[str, Any], found: dict[str, Any]) -> bool:
    """A turn whose question is on the disk, with what it says in the profile, and whose reply is not."""
    rest = {name for name in after if name not in ("messages", "memories", "facts")}
    return (
        all(found[name] in (before[name], after[name]) for name in rest)
        and all(_within(before[name], found[name], after[name]) for name in ("messages", "memories"))
        and len(found["messages"]) > len(before["messages"])
        and found["facts"] == after["facts"]
    )


def in_parts(before: dict[str, Any], after: dict[str, Any], found: dict[str, Any]) -> bool:
    """What comes in is in commits of its own: an import or a document that was cut off goes on when it is given again."""
    return all(_within(before[name], found[name], after[name]) for name in after)


def _within(before: list[Any], found: list[Any], after: list[Any]) -> bool:
    return all(row in found for row in before if row in after) and all(row in after or row in before for row in found)


def talk_of(mei: Assistant) -> Any:
    return next(found for found in mei.conversations.list() if SECRET in found.title or "talk" in found.title)


def memory_of(mei: Assistant, words: str) -> str:
    return next(memory.id for memory in mei.memories.list(200) if memory.text.startswith(words))


def fact_of(mei: Assistant, key: str) -> str:
    fact = mei.profile.get(key)
    assert fact
    return fact.id


def message_of(mei: Assistant) -> str:
    return next(m.id for m in mei.conversations.get(talk_of(mei).id).messages if SECRET in m.text and m.role == "user")


def edited(mei: Assistant) -> None:
    for _ in mei.edit(message_of(mei), "I keep a tortoise instead"):
        pass


def log(texts: int) -> bytes:
    return "\n".join(
        ["role,text,time", *(f"user,We spoke of import{n},2025-01-02T03:04:05Z" for n in range(texts))]
    ).encode()


def restored(_: Assistant, runtime: Runtime) -> None:
    user_archive.restore(runtime.store, runtime.settings.data_dir.parent / "li.zhiji", name="tom")


WORKS = (
    Work("add", lambda mei, _: mei.memories.add("A new memory of the harbour")),
    Work("chat", lambda mei, _: mei.chat("I live in Lisbon and I love sailing"), may_be=begun),
    Work(
        "edit a memory", lambda mei, _: mei.memories.edit(memory_of(mei, "Entry 3"), "Another text"), "Entry 3 of mei"
    ),
    Work("edit a message", lambda mei, _: edited(mei), may_be=begun),
    Work("pin", lambda mei, _: mei.memories.pin(memory_of(mei, "A note"))),
    Work("set a fact", lambda mei, _: mei.profile.set("home", "Porto")),
    Work("forget a memory", lambda mei, _: mei.memories.forget(memory_of(mei, "A note")), f"note {SECRET}"),
    Work("forget a fact", lambda mei, _: mei.profile.forget(fact_of(mei, "home")), "Trondheim"),
    Work("forget a document", lambda mei, _: mei.documents.forget(mei.documents.list()[0].id), "marmalade"),
    Work("delete a conversation", lambda mei, _: mei.conversations.delete(talk_of(mei).id), f"talk of {SECRET}"),
    Work("undo", lambda mei, _: mei.conversations.undo(talk_of(mei).id)),
    Work("forget a time", lambda mei, _: mei.erasures.between(None, datetime.now(UTC)), SECRET),
    Work("retention", lambda mei, _: mei.expire(Ages(memories=0.00001)), "Entry 3 of mei"),
    Work("erase", lambda mei, _: mei.erase(), SECRET),
    Work("import", lambda mei, _: mei.import_(log(3)), may_be=in_parts),
    Work("add a document", lambda mei, _: mei.documents.add("a.txt", b"The locker has number 12."), may_be=in_parts),
    Work("restore a user", restored),
    Work("rebuild", lambda _, runtime: runtime.store.rebuild()),
    Work("back up", lambda _, runtime: backup.write(runtime.store.folder, runtime.store.folder.parent / "backups")),
)


def probed(folder: Path) -> bool:
    """As `memory.search.vectors.probe`, without the second that it takes to begin another Python."""
    child = os.fork()
    if child == 0:
        sound = False
        try:
            index = VectorIndex(folder)
            sound = index.check()
            index.close()
        finally:
            os._exit(0 if sound else 1)
    return os.waitpid(child, 0)[1] == 0


def opened(folder: Path) -> Runtime:
    return Runtime(Settings(data_dir=folder, exact_up_to=0), model=ScriptedModel(), embedder=HashEmbedder())


def fill(folder: Path) -> None:
    with opened(folder) as runtime:
        mei, li = runtime.assistant("mei"), runtime.assistant("li")
        for number in range(12):
            mei.memories.add(f"Entry {number} of mei")
            li.memories.add(f"Entry {number} of li")
        mei.memories.add(f"A note {SECRET} here")
        mei.profile.set("home", "Trondheim")
        mei.documents.add("jam.txt", b"Everything about marmalade.")
        mei.chat(f"This is a talk of {SECRET}")
        li.chat("I live in Bergen")
        (folder.parent / "backups").mkdir()
        user_archive.write(runtime.store.database, runtime.store.user("li"), folder.parent / "li.zhiji")
        assert runtime.store.flush()


def rows(folder: Path) -> dict[str, Any]:
    """What is there, without the ids and the times that differ each time."""
    indexer.probe = probed
    with opened(folder) as runtime:
        if not runtime.store.flush():
            raise RuntimeError("the index was not brought up to date in a minute")
        with runtime.store.database.engine.connect() as connection:

            def all_of(query: str) -> list[list[Any]]:
                return sorted([list(row) for row in connection.exec_driver_sql(query)], key=str)

            found = {
                "users": all_of("SELECT name FROM user"),
                "memories": all_of(
                    "SELECT u.name, m.text, m.kind, m.pinned FROM memory m JOIN user u ON u.id = m.user_id"
                ),
                "messages": all_of(
                    "SELECT u.name, m.role, m.text, m.status FROM message m JOIN user u ON u.id = m.user_id"
                ),
                "facts": all_of("SELECT u.name, f.key, f.value, f.status FROM fact f JOIN user u ON u.id = f.user_id"),
                "conversations": all_of("SELECT u.name, c.title FROM conversation c JOIN user u ON u.id = c.user_id"),
                "documents": all_of("SELECT u.name, d.name FROM document d JOIN user u ON u.id = d.user_id"),
                "consents": all_of(
                    "SELECT u.name, c.purpose, c.granted FROM consent c JOIN user u ON u.id = c.user_id"
                ),
            }
        deep = [check.wrong for check in inspection.inspect(folder, runtime.store.database) if check.wrong]
    if deep:
        raise RuntimeError(f"zhiji doctor --deep: {deep}")
    for made in (folder.parent / "backups").glob("zhiji-*.zip"):
        backup.restore(folder.parent / f"of {made.stem}", made)
    return found


def in_a_child(work: Callable[[], Any]) -> tuple[int, Any]:
    """Its exit code, and what it returned."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        code = 1
        try:
            done = work()
            with os.fdopen(write, "w") as out:
                json.dump(done, out)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, json.loads(text) if code == 0 else None


def attempt(folder: Path, work: Work, step: int, how: How) -> dict[str, Any]:
    """In a child. `acknowledged`: it returned; `met`: the step was there."""
    watch(folder.parent)
    with opened(folder) as runtime:
        mei = runtime.assistant("mei")
        assert runtime.store.flush()
        mei.memories.search("entry")
        FAULT.arm(step, how)
        said = ""
        try:
            work.do(mei, runtime)
        except ZhijiError as error:
            said = f"{type(error).__name__}: {error}"
        if how == "lasting":
            FAULT.disarm()
        flushed = runtime.store.flush()
        met = FAULT.met
        FAULT.disarm()
        mei.memories.search("entry")
        again = mei.chat("Are you there?", remember=False).status if how != "kill" else ""
        if again:
            mei.conversations.delete(mei.conversations.list(1)[0].id)
            flushed = runtime.store.flush() and flushed
        return {"acknowledged": not said, "said": said, "met": met, "flushed": flushed, "again": again}


def each_step(root: Path, work: Work, how: How, every: int = 1) -> Iterator[tuple[int, str]]:
    """The number of each step, and what was wrong after it ("" if nothing was)."""
    original, folder = root / "original" / "data", root / "now" / "data"

    def begin() -> None:
        shutil.rmtree(folder.parent, ignore_errors=True)
        shutil.copytree(original.parent, folder.parent)

    begin()
    code, before = in_a_child(lambda: rows(folder))
    assert code == 0
    code, _ = in_a_child(lambda: attempt(folder, work, MOST, how))
    assert code == 0
    code, after = in_a_child(lambda: rows(folder))
    assert code == 0
    for step in range(1, MOST, every):
        begin()
        code, done = in_a_child(lambda step=step: attempt(folder, work, step, how))  # type: ignore[misc]
        if code not in (0, 9):
            yield step, "the process ended with an error of its own"
            continue
        code, found = in_a_child(lambda: rows(folder))
        yield step, wrong(folder, work, how, done, before, after, found if code == 0 else None)
        if done and not done["met"]:
            return


def wrong(folder: Path, work: Work, how: How, done: Any, before: Any, after: Any, found: Any) -> str:
    if found is None:
        return "it could not be opened and looked at"
    if done and not done["flushed"]:
        return "the index was not brought up to date"
    if done and how != "kill" and done["again"] != "complete":
        return "it did not answer afterwards"
    if done and done["acknowledged"] and found != after:
        return f"acknowledged, and not all there: {_differs(after, found)}"
    if found not in (before, after) and not work.may_be(before, after, found):
        return f"neither before nor after: {_differs(before, found)} / {_differs(after, found)}"
    if work.erases and found == after and files_holding(folder, work.erases.encode()):
        return f"erased, and in {files_holding(folder, work.erases.encode())}"
    return ""


def _differs(one: dict[str, Any], other: dict[str, Any]) -> str:
    return "; ".join(
        f"{name} lacks {[row for row in one[name] if row not in other[name]]}, "
        f"has {[row for row in other[name] if row not in one[name]]}"
        for name in one
        if one[name] != other[name]
    )


def migrations(root: Path) -> Iterator[tuple[int, str]]:
    """Killed at each step of bringing a database of the first revision up to date."""
    folder = root / "now" / "data"

    def begin() -> None:
        shutil.rmtree(folder.parent, ignore_errors=True)
        folder.mkdir(parents=True)
        engine = create_engine(f"sqlite:///{folder / DATABASE}")
        with engine.begin() as connection:
            upgrade(connection, "0001")
            now = "2026-01-01 00:00:00.000000"
            connection.exec_driver_sql(
                "INSERT INTO user (id, name, created_at, purge_due) VALUES ('u', 'mei', ?, 0)", (now,)
            )
            connection.exec_driver_sql(
                "INSERT INTO fact (id, user_id, key, value, status, valid_from, recorded_at) "
                "VALUES ('f', 'u', 'home', 'Porto', 'active', ?, ?)",
                (now, now),
            )
        engine.dispose()

    def bring_up(step: int) -> bool:
        watch(folder.parent)
        FAULT.arm(step, "kill")
        with opened(folder) as runtime:
            runtime.assistant("mei")
        return True

    for step in range(1, MOST):
        begin()
        code, _ = in_a_child(lambda step=step: bring_up(step))  # type: ignore[misc]
        looked, found = in_a_child(lambda: rows_of_old(folder))
        yield step, "" if looked == 0 and found == ["Porto"] else f"after step {step}: {found}"
        if code == 0:
            return


def rows_of_old(folder: Path) -> list[str]:
    with opened(folder) as runtime:
        return [fact.value for fact in runtime.assistant("mei").profile.facts()]


def run(root: Path, how: How, only: str | None, part: int, of: int, every: int) -> dict[str, Any]:
    warm()
    result: dict[str, Any] = {"steps": 0, "works": {}, "wrong": []}
    if not (root / "original").exists():
        code, _ = in_a_child(lambda: fill(root / "original" / "data"))
        assert code == 0
    chosen = [(work.name, functools.partial(each_step, root, work, how, every)) for work in WORKS]
    if how == "kill":
        chosen.append(("migrate", functools.partial(migrations, root)))
    for name, steps in chosen[part::of]:
        if only and name != only:
            continue
        for step, what in steps():
            result["steps"] += 1
            result["works"][name] = result["works"].get(name, 0) + 1
            if what:
                result["wrong"].append(f"{name}, {how}, step {step}: {what}")
        print(name, result["works"].get(name), len(result["wrong"]), file=sys.stderr, flush=True)
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--how", choices=("kill", "once", "lasting"), default="kill")
    parser.add_argument("--work")
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--of", type=int, default=1)
    parser.add_argument("--statements", action="store_true")
    parser.add_argument("--every", type=int, default=1, help="only each so manieth step")
    given = parser.parse_args()
    FAULT.statements = given.statements
    print(json.dumps(run(given.folder, given.how, given.work, given.part, given.of, given.every)))
