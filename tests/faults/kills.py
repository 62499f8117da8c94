"""R1: `kill -9` at a random moment of mixed work, again and again, and what is there afterwards.

    python -m tests.faults.kills FOLDER --kills 20 --seed 7

A child process chats, adds, edits, forgets and imports; it tells each piece of work before it begins it and when it was
acknowledged. Half of the kills fall on one folder that grows, half on fresh ones. After each another child looks whether all
that was acknowledged is there, and all that was forgotten is gone, from the raw bytes of every file too.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.search.embedders import Vectors, from_bytes, unit
from memory.store import Store
from tests.support import HashEmbedder, files_holding

LONGEST_S = 1.5
"""The longest time a child works before it is killed, counted from its first piece of work."""
WORKS_AT_MOST = 12
"""Or the time that so many pieces of work take, where the machine is slow."""
SAMPLE = 200
ALIKE = 0.9999
"""Texts with the same words have the same vector, and any of them is found by it."""
WORKS = ("chat", "chat", "chat", "chat", "add", "add", "edit", "forget", "import", "delete")


class Scattered(HashEmbedder):
    """Each text has a direction of its own. Of many that are nearly alike, as `HashEmbedder` makes them, an index of neighbours
    that was never cut off misses some, too."""

    name = "scattered-64"

    def embed(self, texts: Sequence[str]) -> Vectors:
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts]
        return unit(np.stack([np.random.default_rng(seed).normal(size=64) for seed in seeds]))


class Slow(ScriptedModel):
    """So slow that a kill can fall into a reply."""

    def stream(self, messages: Any, sampling: Any) -> Any:
        for piece in super().stream(messages, sampling):
            time.sleep(0.001)
            yield piece


def opened(folder: Path, model: ScriptedModel) -> Runtime:
    return Runtime(Settings(data_dir=folder, exact_up_to=0), model=model, embedder=Scattered())


def work(folder: Path, seed: int, tell: Callable[..., None], known: dict[str, Any]) -> None:
    """Until it is killed. `known`: what canaries there are, and where."""
    chance = random.Random(seed)
    with opened(folder, Slow()) as runtime:
        mei = runtime.assistant("mei")
        notes = {name: where for name, where in known.items() if where["in"] == "note"}
        talks = {name: where for name, where in known.items() if where["in"] == "talk"}
        for number in range(100_000):
            name, kind = f"canary{seed}x{number}z", chance.choice(WORKS)
            if kind == "chat":
                tell("begin", {name: "either"})
                id = chance.choice(list(talks.values()))["id"] if talks and chance.random() < 0.5 else None
                reply = mei.chat(f"Please keep {name} in mind", conversation_id=id)
                talks[name] = {"in": "talk", "id": reply.conversation_id}
                tell("done", {name: talks[name]})
            elif kind == "add":
                tell("begin", {name: "either"})
                notes[name] = {"in": "note", "id": mei.memories.add(f"A note about {name}").id}
                tell("done", {name: notes[name]})
            elif kind == "edit" and notes:
                old = chance.choice(list(notes))
                tell("begin", {name: "either", old: "either"}, one_of=[old, name])
                where = notes.pop(old)
                mei.memories.edit(where["id"], f"A note about {name}")
                notes[name] = where
                tell("done", {name: where, old: "gone"})
            elif kind == "forget" and notes:
                old = chance.choice(list(notes))
                tell("begin", {old: "either"})
                mei.memories.forget(notes.pop(old)["id"])
                tell("done", {old: "gone"})
            elif kind == "delete" and talks:
                id = chance.choice(list(talks.values()))["id"]
                gone = [old for old, where in talks.items() if where["id"] == id]
                tell("begin", dict.fromkeys(gone, "either"), all_or_none=gone)
                mei.conversations.delete(id)
                for old in gone:
                    del talks[old]
                tell("done", dict.fromkeys(gone, "gone"))
            elif kind == "import":
                names = [f"{name}{part}" for part in range(3)]
                tell("begin", dict.fromkeys(names, "either"))
                lines = ["role,text,time", *(f"user,We spoke of {each},2025-01-02T03:04:05Z" for each in names)]
                mei.import_("\n".join(lines).encode())
                tell("done", {each: {"in": "import"} for each in names})


def pace_s(folder: Path) -> float:
    """Seconds for a piece of work on this machine now, of the first ten."""
    took: list[float] = []

    def ten(lines: IO[str]) -> None:
        began = time.perf_counter()
        done = 0
        while done < 10 and (line := lines.readline()):
            done += '"done"' in line
        took.append((time.perf_counter() - began) / 10)

    killed(folder, 1, {}, ten)
    return took[0]


def killed(folder: Path, seed: int, known: dict[str, Any], wait: Callable[[IO[str]], object]) -> list[dict[str, Any]]:
    """What a child told before it was killed, which is when `wait` returns; what that reads is not among it."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        with os.fdopen(write, "w") as out, Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)

            def tell(what: str, canaries: dict[str, Any], **more: Any) -> None:
                out.write(json.dumps({"what": what, "canaries": canaries, **more}) + "\n")
                out.flush()

            try:
                work(folder, seed, tell, known)
            finally:
                os._exit(1)
    os.close(write)
    told: list[dict[str, Any]] = []
    with os.fdopen(read) as lines:
        first = lines.readline()
        wait(lines)
        os.kill(child, signal.SIGKILL)
        for line in (first, *lines):
            try:
                told.append(json.loads(line))
            except ValueError:  # cut off
                break
    if os.waitpid(child, 0)[1] != signal.SIGKILL:
        raise RuntimeError("the child ended by itself")
    return told


def check(folder: Path, known: dict[str, Any], last: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """What is wrong, in a child of its own; `{"wrong": [], …}` if nothing is."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        code = 1
        try:
            found = look(folder, known, last, chance)
            with os.fdopen(write, "w") as out:
                json.dump(found, out)
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    if os.waitpid(child, 0)[1] != 0:
        return {"wrong": ["it could not be opened and looked at"], "open_s": 0.0, "there": {}}
    found: dict[str, Any] = json.loads(text)
    return found


def look(folder: Path, known: dict[str, Any], last: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    wrong: list[str] = []
    began = time.perf_counter()
    with opened(folder, ScriptedModel()) as runtime:
        runtime.assistant("mei")
        open_s = time.perf_counter() - began
        store = runtime.store
        if not store.flush():
            wrong.append("the index was not brought up to date in a minute")
        with store.database.engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
                wrong.append("integrity")
            memories = dict(connection.exec_driver_sql("SELECT id, text FROM memory").all())  # type: ignore[arg-type]
            vectors = dict(connection.exec_driver_sql("SELECT id, vector FROM memory").all())  # type: ignore[arg-type]
            said = connection.exec_driver_sql(
                "SELECT conversation_id, parent_id, id, role, text, status FROM message ORDER BY seq"
            ).all()
        remembered, talked = " ".join(memories.values()) + " ", " ".join(row.text for row in said) + " "
        there = {name: f"{name} " in f"{remembered}{talked}".replace(",", " ") for name in known}
        for name, where in known.items():
            if where == "either":
                continue
            if there[name] != (where != "gone"):
                wrong.append(f"{'lost' if where != 'gone' else 'back'}: {name}")
            elif where != "gone" and where["in"] == "talk":
                asked = next((row for row in said if row.role == "user" and f"{name} " in row.text), None)
                if asked is None or not any(row.parent_id == asked.id and answers(row, name) for row in said):
                    wrong.append(f"half a turn: {name}")
        for names in (last.get("one_of"),):
            if names and sum(there[name] for name in names) != 1:
                wrong.append(f"between: {names}")
        for names in (last.get("all_or_none"),):
            if names and len({there[name] for name in names}) > 1:
                wrong.append(f"a part: {names}")
        index, user = store.indexer._index, store.user("mei").id
        assert index is not None
        if index.ids(user) != set(memories):
            wrong.append("the index does not hold what is remembered")
        sample = chance.sample(sorted(memories), min(SAMPLE, len(memories)))
        for id in sample:
            vector = from_bytes(vectors[id])
            hits = nearest(store, user, vector)
            if hits is None:
                wrong.append("the index does not answer")
                break
            if id not in hits and not any(vector @ from_bytes(vectors[hit]) > ALIKE for hit in hits):
                wrong.append(f"not found by its own vector: {len(hits)=} of {len(memories)}")
    gone = [f"{name} ".encode() for name, where in known.items() if where == "gone"]
    if gone and files_holding(folder, *gone):
        wrong.append("what was forgotten is in the files")
    return {"wrong": wrong, "open_s": open_s, "there": there, "sample": len(sample), "memories": len(memories)}


def nearest(store: Store, user: str, vector: Vectors) -> Sequence[str] | None:
    """What a search is given by the index, which is warmed up first; `None` if it does not answer."""
    until = time.monotonic() + 30
    while (hits := store.indexer.query(user, vector, Scattered.name, 10)) is None and time.monotonic() < until:
        store.flush()
    return hits


def warm() -> None:
    """Load, before children are forked, what takes long to load and begins no thread."""
    import alembic.command
    import chromadb

    from assistant.talk.loading import load
    from memory.search import retrieval

    load()
    assert all((alembic.command, chromadb, retrieval))


def answers(reply: Any, name: str) -> bool:
    """A reply whose text is forgotten was told of a note that was."""
    return name in reply.text or reply.status == "forgotten"


def run(root: Path, kills: int, seed: int) -> dict[str, Any]:
    warm()
    chance = random.Random(seed)
    result: dict[str, Any] = {"kills": 0, "acknowledged": 0, "forgotten": 0, "wrong": [], "open_s": 0.0}
    known: dict[str, Any] = {}
    longest_s = max(LONGEST_S, WORKS_AT_MOST * pace_s(root / "pace"))
    for number in range(kills):
        grows = number % 2 == 0
        folder = root / ("growing" if grows else "fresh")
        if not grows:
            shutil.rmtree(folder, ignore_errors=True)
        mine = known if grows else {}
        usable = {name: where for name, where in mine.items() if where not in ("gone", "either")}
        after_s = chance.uniform(0, longest_s)
        told = killed(folder, seed * 100_000 + number, usable, lambda _, after_s=after_s: time.sleep(after_s))
        for record in told:
            mine |= record["canaries"]
            if record["what"] == "done":
                result["acknowledged"] += 1
                result["forgotten"] += sum(where == "gone" for where in record["canaries"].values())
        result["kills"] += 1
        last = told[-1] if told and told[-1]["what"] == "begin" else {}
        found = check(folder, mine, last, chance)
        result["wrong"] += [f"kill {number}: {what}" for what in found["wrong"]]
        result["open_s"] = max(result["open_s"], round(found["open_s"], 2))
        result["memories"] = max(result.get("memories", 0), found.get("memories", 0))
        for name in [name for name, where in mine.items() if where == "either"]:
            if found["there"].get(name):
                mine.pop(name)  # where it is was not told; it is not looked at again
            else:
                mine[name] = "gone"
        print(number + 1, kills, *found["wrong"][:3], file=sys.stderr, flush=True)
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    print(json.dumps(run(given.folder, given.kills, given.seed)))
