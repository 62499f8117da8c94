"""Many people at once, each with words that only they know: nobody gets a word of another's (R8), and what is there is what a
plain dictionary says, whatever is done in whatever order (R18)."""

import re
import shutil
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from assistant import Runtime, Settings
from assistant.chat_models.base import Sampling
from assistant.chat_models.scripted_model import ScriptedModel
from memory.errors import NotFound
from memory.memories import Memories
from memory.store import Store
from prompts.types import ChatMessage
from tests.support import LEFT_OPEN, HashEmbedder
from tests.tiers import Tries
from ui.logs import to_file
from ui.web import create_app

pytestmark = LEFT_OPEN
CANARY = re.compile(r"canary(\d+)z")


class Overheard(ScriptedModel):
    """Keeps whose words each prompt had."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[set[str]] = []

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> Iterator[str]:
        self.heard.append({found for message in messages for found in CANARY.findall(message.content)})
        return super().stream(messages, sampling)


@pytest.mark.reliability
def test_nobody_gets_a_word_of_anothers_over_http(tmp_path: Path, tries: Tries) -> None:
    users, turns = tries.number(8, 32, 32), tries.number(10, 20, 50)
    model, log = Overheard(), tmp_path / "zhiji.log"
    handler = to_file(log)
    with Runtime(Settings(data_dir=tmp_path / "data"), model=model, embedder=HashEmbedder()) as runtime:
        keys = [runtime.assistant(f"user{number}").keys.add("test")[1] for number in range(users)]
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(create_app(runtime, "user0"), port=port, log_level="warning"))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        seconds: dict[int, list[float]] = {}

        def talk(number: int) -> list[str]:
            """All that this user is sent."""
            canary = f"canary{number}z"
            headers = {"Authorization": f"Bearer {keys[number]}"}
            with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", headers=headers, timeout=120) as client:
                sent, id = [], None
                for turn in range(turns):
                    body = {"text": f"Turn {turn}: my word is {canary}", "conversation_id": id, "stream": turn % 2 == 1}
                    began = time.perf_counter()
                    answer = client.post("/chat", json=body)
                    seconds.setdefault(number, []).append(time.perf_counter() - began)
                    answer.raise_for_status()
                    assert canary in answer.text
                    sent.append(answer.text)
                    if turn % 5 == 0:
                        id = answer.json()["conversation_id"] if turn % 2 == 0 else id
                        sent.append(client.get("/memories/search", params={"q": "What is my word?"}).text)
                for path in ("/memories?limit=500", "/facts", "/conversations", "/export", "/export?format=html"):
                    sent.append(client.get(path).raise_for_status().text)
                return sent

        with ThreadPoolExecutor(users) as pool:
            sent = list(pool.map(talk, range(users)))
        server.should_exit = True
        thread.join()
        with runtime.store.database.engine.connect() as connection:
            rows = connection.exec_driver_sql(
                "SELECT u.name, m.role, m.text, m.seq FROM message m JOIN user u ON u.id = m.user_id ORDER BY m.seq"
            ).all()
    handler.close()
    foreign = sum(
        set(CANARY.findall(text)) - {str(number)} != set() for number in range(users) for text in sent[number]
    )
    foreign += sum(len(heard) != 1 for heard in model.heard)
    foreign += len(CANARY.findall(log.read_text(encoding="utf-8")))
    stored_for_another = sum(
        CANARY.findall(row.text) != [row.name.removeprefix("user")] for row in rows if row.role == "user"
    )
    waited = {number: statistics.median(times) for number, times in seconds.items()}
    tries.found(
        "R8 turns of many people over HTTP",
        users * turns,
        foreign + stored_for_another,
        users=users,
        median_s=round(statistics.median(waited.values()), 3),
        slowest_user_to_median=round(max(waited.values()) / statistics.median(waited.values()), 2),
    )
    assert (foreign, stored_for_another) == (0, 0)
    assert len(model.heard) == users * turns
    assert len(rows) == 2 * users * turns
    for number in range(users):
        said = [row.text for row in rows if row.name == f"user{number}" and row.role == "user"]
        assert [text.split(":")[0] for text in said] == [f"Turn {turn}" for turn in range(turns)]


USERS = ("ann", "bob", "cy")
WORDS = ("harbour", "lantern", "orchard", "violin", "pepper", "granite")


class Plain(RuleBasedStateMachine):
    """Three people's memories beside three dictionaries. The machine they are on is restarted, and dies, in between."""

    memories = Bundle("memories")

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.lives = 0
        self.known: dict[str, dict[str, str]] = {user: {} for user in USERS}
        self.added = 0

    @initialize(exact_up_to=st.sampled_from([4, 2_000, 2_000, 2_000]))
    def begin(self, exact_up_to: int) -> None:
        """With an index, which takes its time, or without."""
        self.exact_up_to = exact_up_to
        self.open()

    def open(self) -> None:
        self.store = Store(self.root / str(self.lives), HashEmbedder, exact_up_to=self.exact_up_to)
        self.of = {user: Memories(self.store, self.store.user(user)) for user in USERS}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.root)

    @rule(target=memories, user=st.sampled_from(USERS), words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
    def add(self, user: str, words: list[str]) -> Any:
        self.added += 1
        text = f"{user} number{self.added} {' '.join(words)}"
        memory = self.of[user].add(text)
        self.known[user][memory.id] = text
        return user, memory.id

    @rule(memory=memories, words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
    def edit(self, memory: tuple[str, str], words: list[str]) -> None:
        user, id = memory
        self.added += 1
        text = f"{user} number{self.added} {' '.join(words)}"
        if id in self.known[user]:
            self.of[user].edit(id, text)
            self.known[user][id] = text
        else:
            with pytest.raises(NotFound):
                self.of[user].edit(id, text)

    @rule(memory=memories)
    def forget(self, memory: tuple[str, str]) -> None:
        user, id = memory
        if self.known[user].pop(id, None):
            self.of[user].forget(id)
        else:
            with pytest.raises(NotFound):
                self.of[user].forget(id)

    @rule(memory=memories, other=st.sampled_from(USERS))
    def meddle(self, memory: tuple[str, str], other: str) -> None:
        user, id = memory
        if other != user:
            for work in (self.of[other].get, self.of[other].forget, lambda id: self.of[other].edit(id, "mine")):
                with pytest.raises(NotFound):
                    work(id)

    @rule(user=st.sampled_from(USERS))
    def erase(self, user: str) -> None:
        self.store.erase(self.store.user(user))
        self.known[user].clear()

    @rule(target=memories, user=st.sampled_from(USERS))
    def bring_in(self, user: str) -> Any:
        from memory.types import NewMemory

        self.added += 3
        texts = [f"{user} number{self.added - part} imported" for part in range(3)]
        added = self.of[user].add_many([NewMemory(text) for text in texts])
        self.known[user].update({memory.id: memory.text for memory in added})
        return multiple(*((user, memory.id) for memory in added))

    @rule(user=st.sampled_from(USERS), word=st.sampled_from(WORDS))
    def search(self, user: str, word: str) -> None:
        hits = self.of[user].search(word, 500)
        holding = {id for id, text in self.known[user].items() if word in text}
        assert holding <= {hit.memory.id for hit in hits} <= set(self.known[user])
        assert all(hit.memory.text == self.known[user][hit.memory.id] for hit in hits)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.open()

    @rule()
    def die(self) -> None:
        """What is on the disk at this moment is all that the next life has. A copy takes longer than a moment, so nothing is
        written meanwhile; what a kill in the midst of a write leaves is R1's and R2's."""
        self.lives += 1
        with self.store.indexer._chroma, self.store.database._writing:
            shutil.copytree(self.root / str(self.lives - 1), self.root / str(self.lives))
        self.store.close()
        self.open()

    @rule()
    def settle(self) -> None:
        assert self.store.flush()
        held = "\0".join(
            path.read_bytes().decode("latin-1") for path in (self.root / str(self.lives)).rglob("*") if path.is_file()
        )
        there = {text.split()[1] for texts in self.known.values() for text in texts.values()}
        assert set(re.findall(r"number\d+(?= )", held)) <= there  # nothing else is in any file

    @invariant()
    def each_has_their_own(self) -> None:
        for user in USERS:
            assert {memory.id: memory.text for memory in self.of[user].list(10_000)} == self.known[user]


@pytest.mark.reliability
def test_it_is_as_a_dictionary_would_have_it(tries: Tries) -> None:
    examples, steps = tries.number(5, 150, 300), tries.number(20, 30, 50)
    run_state_machine_as_test(
        Plain,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    tries.found("R18 runs beside a dictionary", examples, 0, steps_at_most=steps)
