"""The folder of the vector index: one generation of it at a time, each in a folder of its own ("g0003"), and a mark that stands
there while a process has it open, so that an unclean stop is known at the next start. Which generation is the current one,
and whose vectors it holds, is written in SQLite."""

import shutil
from pathlib import Path

from sqlmodel import Session

from memory.storage.database import Database
from memory.storage.tables import MetaRow


class Generations:
    """`folder` is `None` for an index in memory alone: then there are numbers and no files."""

    def __init__(self, database: Database, folder: Path | None) -> None:
        self._database = database
        self._folder = folder

    def embedder(self) -> str:
        """Whose vectors the current generation holds; "" before there is any."""
        with self._database.read() as session:
            return _meta(session, "index_embedder")

    def current(self) -> Path | None:
        """Its folder, there or not; `None` for an index in memory."""
        if self._folder is None:
            return None
        with self._database.read() as session:
            return self._folder / f"g{_number(session):04d}"

    def begin_next(self, embedder: str) -> None:
        """Make another generation the current one, for the vectors of `embedder`."""
        with self._database.write() as session:
            number = _number(session) + 1
            session.merge(MetaRow(key="index_generation", value=str(number)))
            session.merge(MetaRow(key="index_embedder", value=embedder))

    @property
    def is_dirty(self) -> bool:
        """Whether the last process that had it open did not close it."""
        return self._mark.exists()

    def mark(self) -> None:
        """Note that it is open."""
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        self._mark.touch()

    def unmark(self) -> None:
        """Note that it was closed in order."""
        if self._folder is not None:
            self._mark.unlink(missing_ok=True)

    def remove_others(self, keep: Path) -> None:
        """Remove every generation but this."""
        for other in keep.parent.glob("g*"):
            if other != keep:
                shutil.rmtree(other, ignore_errors=True)

    @property
    def _mark(self) -> Path:
        assert self._folder is not None
        return self._folder / "dirty"


def _meta(session: Session, key: str) -> str:
    found = session.get(MetaRow, key)
    return found.value if found else ""


def _number(session: Session) -> int:
    return int(_meta(session, "index_generation") or 1)
