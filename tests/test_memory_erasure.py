"""What is forgotten is gone from every byte, a receipt says so without its content, and a check of it can fail."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import Assistant, NewMemory, Runtime
from memory.erasure import Verdict, verify
from memory.errors import BadInput, NotFound
from memory.privacy import receipts
from memory.privacy.receipts import LONG, SHORT, Gone, Receipt, Scan
from memory.storage import backup
from memory.storage.tables import MemoryRow
from memory.store import Store
from tests.support import HashEmbedder, files_holding, zhiji

SAFE = "The safe behind the painting opens with Quizzaciously seven turns left"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def checked(runtime: Runtime, receipt: Receipt) -> Verdict:
    assert runtime.store.flush()
    return verify(runtime.store.folder, runtime.store.database, receipt)


def said(mei: Assistant, text: str, at: datetime, conversation_id: str | None = None) -> tuple[str, str]:
    """A message logged at a time, and a reply to it; returns the conversation and the message."""
    from memory.conversations import NewMessage

    parent = mei.conversations.get(conversation_id).messages[-1].id if conversation_id else None
    message = mei.conversations.log(conversation_id, NewMessage("user", text, parent_id=parent, occurred_at=at))
    mei.profile.learn(text, message_id=message.id, at=at)
    answer = NewMessage("assistant", f"I heard: {text}", parent_id=message.id, occurred_at=at)
    mei.conversations.log(message.conversation_id, answer)
    return message.conversation_id, message.id


Forget = Callable[[Assistant], object]
WAYS: dict[str, Forget] = {
    "memory": lambda mei: mei.memories.forget(next(m.id for m in mei.memories.list() if m.kind == "said")),
    "message": lambda mei: mei.conversations.forget(
        mei.conversations.get(mei.conversations.list()[0].id).messages[0].id
    ),
    "conversation": lambda mei: mei.conversations.delete(mei.conversations.list()[0].id),
    "time range": lambda mei: mei.erasures.between(None, datetime.now(UTC) + timedelta(days=1)),
    "everything": lambda mei: mei.erase(),
}


@pytest.mark.parametrize("what", WAYS)
def test_each_way_of_forgetting_has_a_receipt_that_finds_it_before_and_not_after(
    runtime: Runtime, what: str, tmp_path: Path
) -> None:
    mei, li = runtime.assistant("mei"), runtime.assistant("li")
    li.chat("Li keeps a lemon tree on the balcony of the old house")
    mei.chat(SAFE)
    runtime.store.flush()
    copied = tmp_path / "copy"
    copied.mkdir()
    for path in runtime.store.folder.rglob("zhiji.sqlite3*"):
        (copied / path.name).write_bytes(path.read_bytes())
    WAYS[what](mei)
    receipt = mei.erasures.receipts()[-1]
    assert (receipt.what, receipt.user) == (what, "mei")
    assert receipt.counts["messages"] == 2
    assert receipt.counts["memories"] == 2
    verdict = checked(runtime, receipt)
    assert (verdict.gone, verdict.said_elsewhere) == (True, 0)
    assert verdict.searched >= 1
    before = receipts.search(sorted(copied.iterdir()), receipt)
    assert {found.piece.kind for found in before} == {"text", "id", "vector"}, "the search must find what is there"
    assert [hit.memory.kind for hit in li.memories.search("lemon tree", 1)] == ["said"]


def test_the_check_fails_for_what_was_left_anywhere(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    memory = mei.memories.add(SAFE)
    mei.memories.forget(memory.id)
    receipt = mei.erasures.receipts()[-1]
    assert checked(runtime, receipt).gone
    stray = runtime.store.folder / "logs" / "debug.log"
    stray.parent.mkdir()
    stray.write_bytes(b"x" * (4 * 2**20 - 20) + f"turn: {SAFE}".encode())  # over the edge of what is read at once
    verdict = checked(runtime, receipt)
    assert [found.path.name for found in verdict.left] == ["debug.log"] * len(verdict.left)
    offsets = {found.offset for found in verdict.left}
    assert 4 * 2**20 - 20 + len("turn: ") in offsets
    stray.write_text(memory.id)
    assert [found.piece.kind for found in checked(runtime, receipt).left] == ["id"]
    stray.unlink()
    assert checked(runtime, receipt).gone


def test_the_check_fails_when_the_files_were_not_rewritten(tmp_path: Path) -> None:
    store = Store(tmp_path, HashEmbedder, exact_up_to=0)
    user = store.user("mei")
    from memory.memories import Memories

    memories = Memories(store, user)
    memories.add_many([NewMemory(f"{SAFE} and note {n:02}") for n in range(20)])
    assert store.flush()
    store.indexer.close()  # the writer dies before it can purge
    with store.erasing(user, "memory") as session:
        session.connection().exec_driver_sql("PRAGMA secure_delete = OFF")
        from memory import forget

        forget.memories(session, user.id, [memory.id for memory in memories.list(20)][:10])
    (receipt,) = store.receipts(user)
    verdict = verify(tmp_path, store.database, receipt)
    assert not verdict.gone
    assert any("index" in str(found.path) for found in verdict.left), "Chroma still has ids and vectors"
    store.close()
    store = Store(tmp_path, HashEmbedder, exact_up_to=0)
    assert store.flush()
    assert verify(tmp_path, store.database, receipt).gone, "the next start finishes it"
    store.close()


def test_an_edit_that_keeps_its_beginning_erases_the_rest(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    begins = "The key of the garden shed lies under the third flower pot on the left"
    memory = mei.memories.add(f"{begins}, and the alarm is switched off with the grey remote control")
    mei.memories.edit(memory.id, f"{begins}.")
    receipt = mei.erasures.receipts()[-1]
    assert receipt.pieces
    assert checked(runtime, receipt).gone
    mei.memories.add("and the alarm is switched off with the grey remote control")
    verdict = checked(runtime, receipt)
    assert verdict.gone
    assert verdict.said_elsewhere


def test_the_same_words_said_again_are_told_apart(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    first, second = mei.memories.add(SAFE), mei.memories.add(SAFE)
    mei.memories.forget(first.id)
    verdict = checked(runtime, mei.erasures.receipts()[-1])
    assert verdict.gone
    assert verdict.said_elsewhere > 0
    with runtime.store.database.write() as session:  # what should have gone and did not is no other time
        session.merge(MemoryRow(seq=9_999, id=first.id, user_id=runtime.store.user("mei").id, kind="note", text=SAFE,
                                occurred_at=NOON, recorded_at=NOON))  # fmt: skip
    assert not checked(runtime, mei.erasures.receipts()[-1]).gone
    assert mei.memories.get(second.id)


def test_a_receipt_holds_no_word_of_it_and_the_disk_no_hash(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    mei.memories.forget(mei.memories.add(SAFE).id)
    receipt = mei.erasures.receipts()[-1]
    written = receipt.dump()
    assert not any(word in written for word in SAFE.split())
    assert receipts.load(written) == receipt
    runtime.store.flush()
    assert files_holding(runtime.store.folder, receipt.key.encode(), receipt.pieces[0].hash.encode()) == []
    (erasure,) = mei.erasures.list()
    assert (erasure.what, erasure.counts, erasure.id) == ("memory", {"memories": 1}, receipt.id)
    assert mei.erasures.receipt(erasure.id) == receipt
    with pytest.raises(NotFound):
        runtime.assistant("li").erasures.receipt(erasure.id)
    assert runtime.assistant("li").erasures.list() == []


@pytest.mark.parametrize(
    "text",
    ["", "nothing", "[]", "{}", '{"type": "zhiji-receipt", "version": 2}', "[" * 50_000, '{"type": 1e999}', "NaN"],
)
def test_what_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no receipt"):
        receipts.load(text)


def test_a_receipt_that_was_tampered_with_is_refused(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    mei.memories.forget(mei.memories.add(SAFE).id)
    record = json.loads(mei.erasures.receipts()[-1].dump())
    for change in ({"key": "zz"}, {"pieces": [["text", 5, "00"]]}, {"pieces": [["word", 32, "00"]]}, {"counts": []}):
        with pytest.raises(BadInput, match="no receipt"):
            receipts.load(json.dumps(record | change))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=400), st.binary(max_size=300), st.binary(max_size=300))
def test_what_has_a_piece_is_found_at_any_place(text: str, before: bytes, after: bytes) -> None:
    whole = text.encode("utf-8", "surrogatepass")
    text = whole.decode("utf-8", "ignore")
    gone = Gone()
    gone.row(MemoryRow(id="", user_id="", kind="note", text=text))
    receipt = gone.receipt("1", "memory", "mei", NOON)
    encoded = text.encode()
    found = {piece for _, piece in Scan(receipt).find(before + encoded + after)}
    assert found == set(receipt.pieces)
    assert bool(receipt.pieces) == (len(encoded) >= SHORT)
    assert {piece.length for piece in receipt.pieces} <= {SHORT, LONG}


def test_a_time_is_forgotten_and_what_was_before_and_after_is_not(runtime: Runtime) -> None:
    mei, li = runtime.assistant("mei"), runtime.assistant("li")
    long, _ = said(mei, "In February I bought a yellow bicycle in Porto", NOON - timedelta(days=20))
    said(mei, "I am allergic to walnuts, the doctor found", NOON, long)
    said(mei, "In April the yellow bicycle was stolen in Braga", NOON + timedelta(days=40), long)
    whole, _ = said(mei, "My neighbour Quentin plays the bassoon", NOON + timedelta(hours=2))
    mei.memories.add("The boiler was repaired by Mr Quill", occurred_at=NOON + timedelta(hours=1))
    mei.memories.add("The roof was repaired by Mr Reed", occurred_at=NOON - timedelta(days=1))
    said(li, "Li was in Lyon with a violin", NOON)
    day = NOON.replace(hour=0), NOON.replace(hour=0) + timedelta(days=1)
    due = mei.erasures.preview(*day)
    assert (due["conversations"], due["memories"], due["messages"], due["facts"]) == (1, 5, 4, 2)
    assert mei.memories.count() == 10, "a preview changes nothing"
    assert mei.erasures.list() == []
    assert mei.erasures.between(*day) == due
    assert [conversation.id for conversation in mei.conversations.list()] == [long]
    texts = [message.text for message in mei.conversations.get(long).messages]
    assert [bool(text) for text in texts] == [True, True, False, False, True, True]
    assert mei.profile.facts() == []
    assert {memory.text for memory in mei.memories.list() if memory.kind == "note"} == {
        "The roof was repaired by Mr Reed"
    }
    assert checked(runtime, mei.erasures.receipts()[-1]).gone
    assert li.memories.count() == 2
    for gone in (b"walnuts", b"Quentin", b"bassoon", b"Quill"):
        assert files_holding(runtime.store.folder, gone, gone.lower()) == []
    assert whole not in {conversation.id for conversation in mei.conversations.list()}


def test_documents_facts_set_by_hand_and_ratings_of_a_time_go_too(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    reply = mei.chat("Hello there, how are things?")
    before = datetime.now(UTC)
    mei.documents.add("garden.md", b"The pears are ripe in September.")
    mei.profile.set("home", "Lisbon")
    mei.feedback.rate(str(reply.message_id), "up", "very kind")
    assert mei.erasures.between(before, None) == {"documents": 1, "memories": 1, "facts": 1, "ratings": 1}
    assert (mei.documents.list(), mei.profile.facts(), mei.feedback.list()) == ([], [], [])
    assert mei.memories.count() == 2


@pytest.mark.parametrize(("since", "until"), [(None, None), (NOON, NOON), (NOON, NOON - timedelta(days=1))])
def test_a_time_that_is_none_is_refused(runtime: Runtime, since: datetime | None, until: datetime | None) -> None:
    mei = runtime.assistant("mei")
    mei.memories.add(SAFE)
    for ask in (mei.erasures.between, mei.erasures.preview):
        with pytest.raises(BadInput):
            ask(since, until)
    assert (mei.memories.count(), mei.erasures.list()) == (1, [])


def test_a_backup_that_was_made_before_is_named(runtime: Runtime, tmp_path: Path) -> None:
    mei = runtime.assistant("mei")
    memory = mei.memories.add(SAFE)
    kept = tmp_path / "backups"
    kept.mkdir()
    made = backup.write(runtime.store.folder, kept)
    mei.memories.forget(memory.id)
    runtime.store.flush()
    verdict = verify(runtime.store.folder, runtime.store.database, mei.erasures.receipts()[-1], kept)
    assert verdict.older_backups == [made]


def test_receipts_of_many_are_bounded_and_still_cover_them() -> None:
    gone = Gone()
    for n in range(30_000):
        gone.row(
            MemoryRow(id=f"{n:032x}", user_id="", kind="note", text=f"note number {n} about a thing of {n * 7919}")
        )
    receipt = gone.receipt("1", "everything", "mei", NOON)
    for kind in ("text", "id"):
        kept = sum(piece.kind == kind for piece in receipt.pieces)
        assert receipts.MAX_PIECES // 7 <= kept <= receipts.MAX_PIECES // 3
    assert receipt.counts == {"memories": 30_000}
    scan = Scan(receipt)
    for tenth in range(10):  # what is left of any tenth of them is noticed
        left = " ".join(
            f"note number {n} about a thing of {n * 7919}" for n in range(tenth * 3_000, (tenth + 1) * 3_000)
        )
        assert next(scan.find(left.encode()), None)


def test_forgetting_while_others_write_leaves_nothing(runtime: Runtime) -> None:
    mei, li = runtime.assistant("mei"), runtime.assistant("li")
    stop = threading.Event()

    def busy() -> int:
        done = 0
        while not stop.is_set():
            li.memories.add(f"Li notes the tide of day {done}")
            done += 1
        return done

    with ThreadPoolExecutor(1) as other:
        wrote = other.submit(busy)
        for n in range(10):
            mei.memories.forget(mei.memories.add(f"{SAFE}, variant {n}").id)
        stop.set()
        count = wrote.result()
    assert li.memories.count() == count
    for receipt in mei.erasures.receipts():
        assert checked(runtime, receipt).gone


def test_the_commands_forget_erase_and_check(tmp_path: Path) -> None:
    assert zhiji(tmp_path, "chat", "-u", "mei", say=f"{SAFE}.\n").returncode == 0
    assert zhiji(tmp_path, "forget", "-u", "mei").returncode == 65
    assert zhiji(tmp_path, "forget", "-u", "mei", "--memory", "0" * 32).returncode == 66
    today = f"{datetime.now().astimezone():%Y-%m-%d}"
    asked = zhiji(tmp_path, "forget", "-u", "mei", "--since", today, say="n\n")
    assert (asked.returncode, "2 messages" in asked.stdout) == (1, True)
    done = zhiji(tmp_path, "forget", "-u", "mei", "--since", today, "--yes", "--receipt", "receipt.json")
    assert done.returncode == 0, done.stderr
    good = zhiji(tmp_path, "verify-erased", "receipt.json")
    assert (good.returncode, "It is gone." in good.stdout) == (0, True), good.stdout + good.stderr
    (tmp_path / "data" / "left.txt").write_text(SAFE)
    bad = zhiji(tmp_path, "verify-erased", "receipt.json")
    assert (bad.returncode, "left.txt" in bad.stdout) == (1, True)
    (tmp_path / "data" / "left.txt").unlink()
    (tmp_path / "no.json").write_bytes(b"\xff\xfe")
    assert zhiji(tmp_path, "verify-erased", "no.json").returncode == 65
    zhiji(tmp_path, "chat", "-u", "mei", say="The second safe is under the stairs of the barn\n")
    erased = zhiji(tmp_path, "erase", "mei", "--yes", "--receipt", "all.json")
    assert "Receipt: all.json" in erased.stdout
    assert zhiji(tmp_path, "verify-erased", "all.json").returncode == 0
    assert "erased:" in zhiji(tmp_path, "privacy", "mei").stdout
    nobody = zhiji(tmp_path, "erase", "nobody", "--yes")
    assert nobody.returncode == 66
    assert "mei" in nobody.stderr
