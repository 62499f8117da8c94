"""The one way to a user's rows: through `Rows`, which names the user before anything else is asked.

    rows = Rows(session, user.id)
    rows.first(FactRow, FactRow.id == fact_id)             # another user's id is simply not found
    rows.delete(RecallRow, col(RecallRow.memory_id).in_(ids))

A table without a user (`UserRow`, `MetaRow`) does not type-check here, and a test (tests/test_memory_personal.py) refuses
`select`, `delete` and `update` elsewhere, but for the places it lists with a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, TypeVarTuple

from sqlalchemy import ColumnElement, and_
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlmodel import Session, col, delete, func, insert, literal, select, update
from sqlmodel.sql.expression import Select, SelectOfScalar

from memory.storage.tables import PersonalRow

Condition = SQLCoreOperations[bool] | bool
"""`FactRow.key == "name"` is a `bool` to a type checker and a condition of SQL when it runs."""
Row = TypeVar("Row", bound=PersonalRow)
Other = TypeVar("Other", bound=PersonalRow)
Value = TypeVar("Value")
Values = TypeVarTuple("Values")


@dataclass(frozen=True, slots=True)
class Rows:
    """One user's rows, within the caller's session.

    `select`, `column`, `columns`, `pairs` and `outer` return statements, to be narrowed further, run, or used inside another;
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

    def outer(
        self, row: type[Row], other: type[Other], on: ColumnElement[bool], *conditions: Condition
    ) -> Select[Row, Other | None]:
        """Rows, each with every row of another table that goes with it, or with `None` if there is none."""
        joined = select(row, other).join(other, and_(on, *self._mine(other)), isouter=True)
        return joined.where(*self._mine(row, conditions))

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
