"""A pytest plugin that switches one defence off, to see that its test fails: `WITHOUT=guard pytest -p tests.faults.without`."""

import os
from collections.abc import Callable


def users() -> None:
    """A memory is found by its id alone, whoever's it is."""
    from sqlmodel import select

    from memory.errors import NotFound
    from memory.memories import Memories
    from memory.storage.tables import MemoryRow

    def of_anybody(_: object, session, memory_id):  # type: ignore[no-untyped-def]
        row = session.exec(select(MemoryRow).where(MemoryRow.id == memory_id)).first()
        if row is None:
            raise NotFound("There is no such memory.")
        return row

    assert Memories._row  # or there is nothing to switch off
    Memories._row = of_anybody  # type: ignore[method-assign, assignment]


def overwriting() -> None:
    """What is deleted stays in the files: neither overwritten nor is the file rewritten."""
    from memory.storage.database import Database

    Database.compact = lambda _: None  # type: ignore[method-assign]


def guard() -> None:
    """Every page may ask, by every name."""
    import ui.guard

    ui.guard.refuse = lambda *_, **__: None


def reconciling() -> None:
    """An index is taken as it is."""
    from memory.search.indexer import Indexer

    Indexer._reconcile = lambda *_, **__: None  # type: ignore[method-assign]


def splicing() -> None:
    """What was said is tokenised as the template is."""
    from assistant.chat_models.chat_template import ChatTemplate

    def whole(self: ChatTemplate, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    ChatTemplate._plain_ids = whole  # type: ignore[method-assign, assignment]


def policy() -> None:
    """A page may load what it likes."""
    import ui.guard

    ui.guard.HEADERS.pop("content-security-policy")


DEFENCES: dict[str, Callable[[], None]] = {
    each.__name__: each for each in (users, overwriting, guard, reconciling, splicing, policy)
}
if "WITHOUT" in os.environ:
    DEFENCES[os.environ["WITHOUT"]]()
