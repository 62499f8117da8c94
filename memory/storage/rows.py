"""The one way to a user's rows: through `Rows`, which names the user before anything else is asked.

    rows = Rows(session, user.id)
    rows.first(FactRow, FactRow.id == fact_id)             # another user's id is simply not found
    rows.delete(RecallRow, col(RecallRow.memory_id).in_(ids))

A table without a user (`UserRow`, `MetaRow`) does not type-check here, and a test (tests/test_memory_personal.py) refuses
`select`, `delete` and `update` elsewhere, but for the places it lists with a reason.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar, TypeVarTuple, cast

from sqlalchemy import BindParameter, ColumnElement, String, type_coerce
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlmodel import Session, col, delete, func, insert, literal, select, update
from sqlmodel.sql.expression import Select, SelectOfScalar

from memory.storage.tables import PersonalRow, time_of

Condition = SQLCoreOperations[bool] | bool
"""`FactRow.key == "name"` is a `bool` to a type checker and a condition of SQL when it runs."""
_TIMES = ("occurred_at", "recorded_at")
Row = TypeVar("Row", bound=PersonalRow)
Other = TypeVar("Other", bound=PersonalRow)
Value = TypeVar("Value")
Values = TypeVarTuple("Values")


@dataclass(frozen=True, slots=True)
class Rows:
    """One user's rows, within the caller's session.

    `select`, `column`, `columns` and `pairs` return statements, to be narrowed further, run, or used inside another;
    the rest run at once.
    """

    session: Session
    user_id: str

    def select(self, row: type[Row], *conditions: Condition) -> SelectOfScalar[Row]:
        return select(row).where(*self._mine(row, conditions))

    def column(self, row: type[PersonalRow], column: Value, *conditions: Condition) -> SelectOfScalar[Value]:
        """One column, or one value made of them, of the user's rows."""
        statement: SelectOfScalar[Value] = select(column)  # type: ignore[call-overload]
        return statement.where(*self._mine(row, conditions))

    def columns(self, row: type[PersonalRow], *columns: *Values) -> Select[*Values]:
        """Some columns of the user's rows."""
        statement: Select[*Values] = select(*columns)  # type: ignore[call-overload]
        return statement.where(*self._mine(row))

    def pairs(self, row: type[Row], other: type[Other], *conditions: Condition) -> Select[Row, Other]:
        """Rows of two tables, both the user's; one of the conditions says which go together."""
        return select(row, other).where(*self._mine(row, conditions), *self._mine(other))

    def all(self, row: type[Row], *conditions: Condition) -> list[Row]:
        return list(self.session.exec(self.select(row, *conditions)))

    def first(self, row: type[Row], *conditions: Condition) -> Row | None:
        return self.session.exec(self.select(row, *conditions)).first()

    def count(self, row: type[PersonalRow], *conditions: Condition) -> int:
        return self.session.exec(select(func.count()).select_from(row).where(*self._mine(row, conditions))).one()

    def counts(self, row: type[PersonalRow], by: Value, *conditions: Condition) -> dict[Value, int]:
        """How many there are of each value of a column, in the order of the values."""
        statement: Select[Value, int] = select(by, func.count())  # type: ignore[call-overload]
        mine = statement.where(*self._mine(row, conditions)).group_by(by).order_by(by)  # type: ignore[arg-type]
        return dict(self.session.exec(mine).all())

    def insert_from(
        self, row: type[PersonalRow], source: type[PersonalRow], *conditions: Condition, **values: object
    ) -> None:
        """Add a row for each of the user's rows of `source`: a column is named with the value it gets, or with what it is made of
        there."""
        made = self.columns(source, literal(self.user_id), *values.values()).where(*conditions)
        self.session.exec(insert(row).from_select(["user_id", *values], made))

    def delete(self, row: type[PersonalRow], *conditions: Condition) -> int:
        """Returns how many there were."""
        return self.session.exec(delete(row).where(*self._mine(row, conditions))).rowcount

    def update(self, row: type[PersonalRow], *conditions: Condition, **values: object) -> int:
        """Returns how many there were."""
        return self.session.exec(update(row).where(*self._mine(row, conditions)).values(**values)).rowcount

    def _mine(self, row: type[PersonalRow], conditions: Sequence[Condition] = ()) -> list[ColumnElement[bool]]:
        return [col(row.user_id) == self.user_id, *conditions]  # type: ignore[list-item]


def rows_of(user: BindParameter[str]) -> Rows:
    """To make statements of before it is known whose rows they are for: `user` is given when they are run."""
    return Rows(cast(Session, None), cast(str, user))


def columns_for(shown: type, row: type[PersonalRow]) -> tuple[Any, ...]:
    """The columns that `shown`, a dataclass, is made of, in its order, of what the row has of them. Read so, a row costs a
    tenth of what SQLModel takes; times come as they are stored, for `with_times`."""
    columns = (getattr(row, name) for name in _names(shown) if name in row.model_fields)
    return tuple(type_coerce(one, String).label(one.key) if one.key in _TIMES else one for one in columns)


def with_times(shown: type, found: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """What `columns_for` found."""
    names = _names(shown)
    places = [names.index(name) for name in _TIMES]
    for row in found:
        values = list(row)
        for place in places:
            values[place] = time_of(values[place])
        yield values


def _names(shown: type) -> Sequence[str]:
    return [field.name for field in fields(shown)]
