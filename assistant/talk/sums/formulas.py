"""Formulas of frames: "x * n + y" over the amounts of a message, worked out in fractions and written with what was said."""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache

from assistant.talk.sums.expressions import joined
from assistant.talk.sums.values import Language, NotASum, Quantity, Term

_PART = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([a-z]\w*)|([()+*/-]))")
_LEVELS = {"+": 0, "-": 0, "*": 1, "/": 1}
_SIGNS = {"*": "×"}


@cache
def postfix(formula: str) -> Sequence[str]:
    """The formula's parts in the order they are worked out (Dijkstra's shunting yard)."""
    out: list[str] = []
    waiting: list[str] = []
    for number, name, sign in _PART.findall(formula):
        if number or name:
            out.append(number or name)
        elif sign == "(":
            waiting.append(sign)
        elif sign == ")":
            while waiting[-1] != "(":
                out.append(waiting.pop())
            waiting.pop()
        else:
            while waiting and waiting[-1] != "(" and _LEVELS[waiting[-1]] >= _LEVELS[sign]:
                out.append(waiting.pop())
            waiting.append(sign)
    return [*out, *reversed(waiting)]


def worked_out(
    formula: str, amounts: Mapping[str, Quantity], show: Callable[[Quantity], str], language: Language
) -> tuple[Fraction, str]:
    """The value, and the formula with the amounts in it. Raises NotASum for an amount that is not there or a division by 0."""
    stack: list[Term] = []
    for part in postfix(formula):
        if part in _LEVELS:
            right, left = stack.pop(), stack.pop()
            term = joined(left, _SIGNS.get(part, part), right, language)
            if term.fault:
                raise NotASum
            stack.append(term)
        elif part[0].isdigit():
            stack.append(Term(Quantity(Fraction(part)), part))
        elif part in amounts:
            stack.append(Term(Quantity(amounts[part].amount), show(amounts[part])))
        else:
            raise NotASum
    return stack[0].value.amount, stack[0].shown
