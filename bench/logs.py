"""How long an export of very many messages takes, and how much memory: each in a process of its own, as a person would run it.

python -m bench.logs [--messages 1000000] [--formats jsonl,csv,html]
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from memory.errors import ModelMissing
from memory.search.embedders import Embedder
from memory.storage.tables import ConversationRow, MessageRow, new_id
from memory.store import Store

EACH = 100
"""Messages of a conversation."""
WORDS = "I walked along the river in the rain and thought about what you said of the garden, 然后喝了一杯热茶。"


def fill(folder: Path, messages: int) -> None:
    """A store with conversations of EACH messages."""

    def none() -> Embedder:
        raise ModelMissing("none is needed here")

    store, at = Store(folder, none), datetime(2020, 1, 1, tzinfo=UTC)
    user = store.user("me")
    for start in range(0, messages, 100 * EACH):
        with store.database.write() as session:
            for number in range(start, min(start + 100 * EACH, messages), EACH):
                _talk(session, user.id, number, at + timedelta(minutes=number))
    store.close()


def _talk(session: Session, user_id: str, number: int, at: datetime) -> None:
    ids = [new_id() for _ in range(EACH)]
    talk = ConversationRow(user_id=user_id, title=f"Talk {number}", head_id=ids[-1], created_at=at, updated_at=at)
    session.add(talk)
    session.flush()
    rows = [
        MessageRow(
            id=id,
            user_id=user_id,
            conversation_id=talk.id,
            parent_id=ids[place - 1] if place else None,
            role="assistant" if place % 2 else "user",
            text=f"{WORDS} ({number + place})",
            occurred_at=at + timedelta(seconds=place),
            recorded_at=at,
        )
        for place, id in enumerate(ids)
    ]
    session.bulk_save_objects(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--formats", default="jsonl,csv,html")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        began = time.perf_counter()
        fill(folder / "data", given.messages)
        print(f"{given.messages:,} messages written in {time.perf_counter() - began:.0f} s", flush=True)
        for format in given.formats.split(","):
            out, began = folder / f"log.{format}", time.perf_counter()
            command = [sys.executable, "-m", "ui", "export", "--user", "me", "--data-dir", str(folder / "data")]
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            subprocess.run([*command, "--format", format, "--out", str(out)], check=True, capture_output=True)
            seconds = time.perf_counter() - began
            peak = max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
            print(
                f"{format}: {seconds:.0f} s, {out.stat().st_size / 1e6:.0f} MB written, peak so far {peak:.0f} MB",
                flush=True,
            )
            out.unlink()


if __name__ == "__main__":
    main()
