"""Every table with a user's rows is registered, with what each sweep does with it; and there is one way to a user's rows."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import Column, ForeignKey, MetaData, String, Table
from sqlmodel import SQLModel, col

from memory.access.accounts import Accounts
from memory.access.api_keys import ApiKeys
from memory.erasure import _ERASE_DATED
from memory.privacy import receipts
from memory.retention import _ERASE_OLD, Ages
from memory.storage import personal
from memory.storage.personal import PERSONAL, No, PersonalTable, table_of
from memory.storage.rows import Rows
from memory.storage.tables import FactRow, MetaRow, PersonalRow, UserRow, utc_now
from memory.store import Store, User

ROOT = Path(__file__).parent.parent
OF_NOBODY = {UserRow.__name__, MetaRow.__name__}
"""The rows that are no user's: who there is, and what is known of the whole store."""
ACROSS_USERS: Mapping[str, str] = {
    "memory/storage/rows.py": "it is the one way",
    "memory/storage/backup.py": "copies and restores the whole database, and counts what is in it",
    "memory/storage/conversion.py": "writes the whole database anew",
    "memory/storage/encryption.py": "opens the file, and reads no table",
    "memory/storage/database.py": "looks after the whole file",
    "memory/storage/migrations/": "changes tables of every user, with what they were like then",
    "memory/search/candidates.py": "the search's own SQL, written for speed; each statement names the user first",
    "memory/search/scope.py": "the search's own SQL, written for speed; each statement names the user first",
    "memory/search/outbox.py": "the indexer empties the outbox of all users",
    "memory/search/entries.py::bring_up_to_date": "makes the keywords of all users anew that an older version wrote",
    "memory/search/entries.py::rewrite_all": "counts the memories of all users, whose keywords are made anew",
    "memory/search/stored_vectors.py::StoredVectors.has_memories": "asks whether the embedder is needed at all",
    "memory/search/stored_vectors.py::StoredVectors.another_embedder": "the embedder is the store's, not a user's",
    "memory/search/stored_vectors.py::StoredVectors.unembedded": "counts what waits for the embedder, of all",
    "memory/search/stored_vectors.py::StoredVectors.count": "says how much of the store is embedded, of all",
    "memory/search/stored_vectors.py::StoredVectors.due": "embeds what waits, whosever it is",
    "memory/search/stored_vectors.py::StoredVectors.write": "writes vectors back to the rows that were embedded",
    "memory/search/vectors.py": "Chroma's own file, which holds ids and vectors in a collection for each user",
    "memory/search/keywords.py": "a user's keyword table is theirs alone: the user is in its name",
    "memory/search/inspection.py": "looks whether the whole folder is sound",
    "memory/erasure.py::is_of": "asks whether a receipt is of this database before it is known whose it is",
    "memory/erasure.py::_living": "words that were erased for one user may live in what another said: all rows are searched",
    "memory/exchange/user_archive.py::_refuse_foreign": "ids are unique among all users",
    "memory/exchange/log_import.py::_ids": "ids are unique among all users",
    "memory/access/accounts.py": "who logs in is known by a name or a token, not yet as a user; owners are asked for among all",
    "memory/access/api_keys.py::key_of": "who comes in is known by a token, not yet as a user",
    "ui/prometheus.py::Metrics.collect": "counts what waits for the index, of all",
    "ui/doctor.py::_data": "counts what is in the folder, of all",
}
"""Where rows are asked for without `Rows`, and why: a file, a folder, or a function."""


def city(user: User, value: str) -> FactRow:
    now = utc_now()
    return FactRow(user_id=user.id, key="city", value=value, valid_from=now, recorded_at=now, last_said_at=now)


def unregistered(metadata: MetaData) -> list[str]:
    """The tables with a user's rows that the registry does not have."""
    known = {table.row.__tablename__ for table in PERSONAL}
    return sorted(
        table.name
        for table in metadata.tables.values()
        if table.name not in known
        and ("user_id" in table.columns or any(key.column.table.name == "user" for key in table.foreign_keys))
    )


def test_every_table_with_a_users_rows_is_registered() -> None:
    assert unregistered(SQLModel.metadata) == []
    assert {table.row for table in PERSONAL} == set(PersonalRow.__subclasses__())
    assert len({table.row for table in PERSONAL}) == len(PERSONAL)


@pytest.mark.parametrize(
    "of_user", [Column("user_id", String), Column("owner", String, ForeignKey("user.id"))], ids=["named", "pointing"]
)
def test_a_table_that_nobody_registered_is_found(of_user: Column[str]) -> None:
    metadata = MetaData()
    for table in SQLModel.metadata.tables.values():
        table.to_metadata(metadata)
    Table("diary", metadata, Column("id", String, primary_key=True), of_user)
    assert unregistered(metadata) == ["diary"]


def test_every_table_of_a_database_is_known(store: Store) -> None:
    """Keyword tables, a user's own, are told by their names; the rest is SQLite's and Alembic's."""
    user = store.user("mei")
    ours = {table.row.__tablename__ for table in PERSONAL} | {"user", "meta", "alembic_version"}
    with store.database.read() as session:
        found = session.connection().exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        names = {str(name) for name in found.scalars() if not str(name).startswith("sqlite_")}
    assert {name for name in names - ours if not name.startswith(f"words_{user.id}")} == set()


def test_an_entry_cannot_be_made_without_saying_what_each_sweep_does() -> None:
    said = {field.name: getattr(PERSONAL[0], field.name) for field in fields(PersonalTable)}
    for name in said:
        with pytest.raises(TypeError, match=name):
            PersonalTable(**{other: value for other, value in said.items() if other != name})


@pytest.mark.parametrize("table", PERSONAL, ids=lambda table: table.row.__tablename__)
def test_what_an_entry_says_holds_of_its_table(table: PersonalTable) -> None:
    columns = set(SQLModel.metadata.tables[str(table.row.__tablename__)].columns.keys())
    hidden = () if isinstance(table.anonymised, No) else (*table.anonymised.words, *table.anonymised.blank)
    dated = () if isinstance(table.dated, No) else (table.dated,)
    assert columns >= {*table.ids, *table.words, *table.part_of, *hidden, *dated}
    assert set(table.ids) >= {name for name in columns if name == "id" or name.endswith("_id")} - {
        "user_id",
        "prompt_id",
    }
    assert set(table.part_of) <= set(table.ids)
    for field in fields(table):
        value = getattr(table, field.name)
        assert not isinstance(value, No) or len(value.because) > 10 or value.because == "it stays", field.name
    assert isinstance(table.archived, No) is isinstance(table.restored, No), "what is archived comes back"
    assert isinstance(table.counted, No) or table.words, "a receipt counts what it can find again"
    assert isinstance(table.counted, No) or table.erased == "deleted"
    assert isinstance(table.anonymised, No) or set(table.words) <= set(hidden), (
        "no words of a person's are left in a log"
    )


def test_every_sweep_knows_what_to_do_with_what_the_registry_gives_it() -> None:
    assert set(_ERASE_DATED) == {table.row for table in PERSONAL if not isinstance(table.dated, No)}
    ages = {table.expired for table in PERSONAL if not isinstance(table.expired, No)}
    assert set(_ERASE_OLD) == ages == set(get_args(personal.Age)) == {field.name for field in fields(Ages)}
    assert list(receipts.COUNTED.values()) == list(get_args(personal.Kind))
    assert list(personal.archived()) == list(get_args(personal.ArchiveFile))


def test_what_a_row_is_part_of_comes_before_it() -> None:
    """Everything is erased from the end of the registry to its beginning, and an archive is read from the beginning."""
    order = [table.row for table in PERSONAL]
    files = list(personal.archived())
    for table in PERSONAL:
        for whole in table.part_of.values():
            assert order.index(whole) < order.index(table.row)
            assert files.index(table_of(whole).archived) < files.index(table.archived)  # type: ignore[arg-type]


def test_erasing_everything_leaves_what_the_registry_lets_stay(store: Store) -> None:
    mei, ann = store.user("mei"), store.user("ann")
    accounts = Accounts(store)
    for user in (mei, ann):
        accounts.add(user.name, "correct horse", "owner" if user is mei else "member")
        accounts.log_in(user.name, "correct horse", "here")
        ApiKeys(store.database, user).add("phone")
        with store.database.write() as session:
            session.add(city(user, "Porto"))
    with store.database.read() as session:
        before = {table.row: Rows(session, ann.id).count(table.row) for table in PERSONAL}
    store.erase(mei)
    with store.database.read() as session:
        left = {table.row for table in PERSONAL if Rows(session, mei.id).count(table.row)}
        assert {table.row: Rows(session, ann.id).count(table.row) for table in PERSONAL} == before
    assert left == {table.row for table in PERSONAL if table.erased != "deleted"}


def test_rows_are_of_one_user(store: Store) -> None:
    mei, ann = store.user("mei"), store.user("ann")
    with store.database.write() as session:
        for user in (mei, ann):
            session.add(city(user, f"{user.name}'s"))
    with store.database.write() as session:
        rows, anns = Rows(session, mei.id), Rows(session, ann.id)
        hers = anns.first(FactRow)
        assert hers is not None
        assert [row.value for row in rows.all(FactRow)] == ["mei's"]
        assert rows.first(FactRow, FactRow.id == hers.id) is None
        assert list(session.exec(rows.column(FactRow, FactRow.value))) == ["mei's"]
        assert list(session.exec(rows.columns(FactRow, FactRow.key, FactRow.value))) == [("city", "mei's")]
        assert [pair[0].value for pair in session.exec(rows.pairs(FactRow, FactRow))] == ["mei's"]
        assert (rows.count(FactRow), rows.counts(FactRow, FactRow.key)) == (1, {"city": 1})
        rows.update(FactRow, value="other")
        assert rows.delete(FactRow, FactRow.id == hers.id) == 0
        assert rows.delete(FactRow) == 1
        session.refresh(hers)
        assert hers.value == "ann's"
        assert anns.count(FactRow, col(FactRow.value) == "ann's") == 1


VERBS = {"select", "delete", "update", "text"}
"""What is inserted says itself whose it is."""


class Statements(ast.NodeVisitor):
    """Finds where rows are asked for otherwise than through `Rows`: a statement of SQLAlchemy's that names a personal row, or
    names none (a table in a variable may be any), SQL in a string, a row fetched by its key, and a table's own statements."""

    def __init__(self, tree: ast.Module) -> None:
        self.found: list[tuple[str, int]] = []
        self._within: list[str] = []
        self._verbs = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("sqlmodel", "sqlalchemy")
            for alias in node.names
            if alias.name in VERBS
        }
        self._chains: dict[ast.AST, ast.AST] = {}
        self.visit(tree)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._inside(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._inside(node)

    def visit_Call(self, node: ast.Call) -> None:
        whole = self._chains.get(node, node)
        called = node.func
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Call):
            self._chains[called.value] = whole  # select(…).select_from(UserRow) names a row further on
        if isinstance(called, ast.Name) and called.id in self._verbs:
            names = {name.id for name in ast.walk(whole) if isinstance(name, ast.Name)}
            if not names & OF_NOBODY or names & PERSONAL_ROWS:
                self._note(node)
        elif isinstance(called, ast.Attribute) and self._asks(called.attr, node.args):
            self._note(node)
        self.generic_visit(node)

    def _asks(self, attribute: str, args: list[ast.expr]) -> bool:
        if attribute == "exec_driver_sql":
            return True
        if attribute in ("execute", "executescript"):
            return bool(args) and isinstance(args[0], ast.Constant | ast.JoinedStr)
        if attribute in ("get", "query"):
            return bool(args) and isinstance(args[0], ast.Name) and args[0].id in PERSONAL_ROWS
        return attribute in VERBS and not args  # table.delete()

    def _inside(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        self._within.append(node.name)
        self.generic_visit(node)
        self._within.pop()

    def _note(self, node: ast.Call) -> None:
        self.found.append((".".join(self._within), node.lineno))


PERSONAL_ROWS = {table.row.__name__ for table in PERSONAL}


def statements() -> Iterator[tuple[str, str, int]]:
    """The file, function and line of each."""
    for package in ("memory", "prompts", "assistant", "ui"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            for function, line in Statements(ast.parse(path.read_text("utf-8"))).found:
                yield name, function, line


def test_a_users_rows_are_asked_for_through_rows_alone() -> None:
    used: set[str] = set()
    stray: list[str] = []
    for name, function, line in statements():
        allowed = [
            place
            for place in ACROSS_USERS
            if place in (name, f"{name}::{function}") or (place.endswith("/") and name.startswith(place))
        ]
        used |= set(allowed)
        if not allowed:
            stray.append(f"{name}:{line} ({function})")
    assert stray == [], "asks for rows without naming the user first; use memory.storage.rows.Rows"
    assert set(ACROSS_USERS) - used == set(), "allowed for nothing: take it off the list"


@pytest.mark.parametrize(
    "line",
    [
        "select(FactRow)",
        "select(FactRow.value).where(FactRow.user_id == user_id)",
        "select(UserRow.name, FactRow.value)",
        "select(func.count()).select_from(table)",
        "delete(row).where(row.id == id)",
        "update(FactRow)",
        "session.get(FactRow, 1)",
        "session.query(FactRow)",
        "table.delete()",
        "session.execute('DELETE FROM fact')",
        "session.connection().exec_driver_sql(statement)",
        "session.execute(text(f'SELECT * FROM {name}'))",
    ],
)
def test_a_stray_statement_is_found(line: str) -> None:
    tree = ast.parse(f"from sqlmodel import select, delete, update, text, func\ndef f():\n    {line}\n")
    assert Statements(tree).found[0] == ("f", 3)


def test_statements_on_what_is_nobodys_are_let_pass() -> None:
    tree = ast.parse(
        "from sqlmodel import select\nselect(UserRow.id)\nselect(func.count()).select_from(MetaRow)\nfolders.delete(id)"
    )
    assert Statements(tree).found == []
