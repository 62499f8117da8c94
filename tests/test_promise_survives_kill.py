"""An acknowledged turn survives `kill -9`: it is in its conversation, a search finds it, and the store opens."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.data_folder import DATABASE
from tests.support import HashEmbedder

KILLS = 10
ROOT = Path(__file__).parent.parent

TALKER = """
import json, sys, time
from pathlib import Path
from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from tests.support import HashEmbedder

class Slow(ScriptedModel):
    def stream(self, messages, sampling):
        for piece in super().stream(messages, sampling):
            time.sleep(0.002)
            yield piece

with Runtime(Settings(data_dir=Path(sys.argv[1]), exact_up_to=0), model=Slow(), embedder=HashEmbedder()) as runtime:
    mei = runtime.assistant("mei")
    for turn in range(10_000):
        name = f"canary{sys.argv[2]}x{turn}"
        reply = mei.chat(f"Please keep {name} in mind")
        print(json.dumps([name, reply.conversation_id, reply.message_id]), flush=True)
        if turn % 5 == 4:
            old = mei.memories.search(name, 1)[0].memory
            gone = mei.memories.forget(old.id)
            print(json.dumps(["forgot", name, old.id]), flush=True)
"""


def test_ten_kills_lose_nothing_and_bring_nothing_back(tmp_path: Path) -> None:
    chance = random.Random(7)
    kept: dict[str, str] = {}
    forgotten: set[str] = set()
    for round_ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", TALKER, str(tmp_path), str(round_)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )
        assert process.stdout is not None
        wanted = chance.randint(1, 12)
        for line in process.stdout:
            record = json.loads(line)
            if record[0] == "forgot":
                forgotten.add(record[1])
                kept.pop(record[1], None)
            else:
                kept[record[0]] = record[1]
            wanted -= 1
            if not wanted:
                break
        process.send_signal(signal.SIGKILL)
        for line in process.stdout:  # what was acknowledged in the meantime counts too
            try:
                record = json.loads(line)
            except ValueError:
                break
            if record[0] == "forgot":
                forgotten.add(record[1])
                kept.pop(record[1], None)
            else:
                kept[record[0]] = record[1]
        process.wait()
        process.stdout.close()
        check(tmp_path, kept, forgotten)
    assert len(kept) >= KILLS


def check(folder: Path, kept: dict[str, str], forgotten: set[str]) -> None:
    with Runtime(Settings(data_dir=folder, exact_up_to=0), model=ScriptedModel(), embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        with runtime.store.database.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        for name, conversation_id in kept.items():
            messages = mei.conversations.get(conversation_id).messages
            assert [message.role for message in messages] == ["user", "assistant"], name
            assert name in messages[0].text
            assert mei.memories.search(name, 3)[0].memory.conversation_id == conversation_id
        for name in forgotten:
            assert not any(f"{name} " in hit.memory.text for hit in mei.memories.search(name, 5, kinds=["said"]))
        assert runtime.store.flush()
        index = runtime.store.indexer._index
        assert index is not None
        with runtime.store.database.engine.connect() as connection:
            ids = set(connection.exec_driver_sql("SELECT id FROM memory").scalars())
        assert index.ids(runtime.store.user("mei").id) == ids
    assert (folder / DATABASE).exists()
