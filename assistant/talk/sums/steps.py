"""Sums said step by step: "take 17 away from 92 and divide by three", 把370除以2再加15."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from assistant.talk.sums.expressions import joined, power
from assistant.talk.sums.frames import Frames
from assistant.talk.sums.show import MONEY, number, shown
from assistant.talk.sums.sketch import Mention, Sketch
from assistant.talk.sums.values import NotASum, Quantity, Term
from assistant.talk.sums.words import Words

_SIGNS = {"plus": "+", "minus": "-", "times": "×", "over": "/", "part": "of"}


@dataclass(frozen=True, slots=True)
class _Step:
    sign: str
    """ "" for the first amount, "then" before a new step, an operator, or what is done to the amount before: "half"."""
    mention: Mention | None = None


def in_steps(sketch: Sketch, table: Frames, words: Words, *, asked: bool) -> Term | None:
    """The sum as one term; `None` if the message is not such a sum from its first step to its last."""
    if not 1 <= len(sketch.mentions) <= 8:
        return None
    steps, beside = _steps(sketch, table)
    if steps is None or (not asked and beside):
        return None
    try:
        term = _worked_out(steps, words)
    except (NotASum, IndexError):
        return None
    return term if term.operators and not term.fault else None


def _steps(sketch: Sketch, table: Frames) -> tuple[list[_Step] | None, int]:
    """The steps in the order they are done, and how many words are beside them."""
    text, order = _turned(sketch.text, table)
    pattern = _pattern(table)
    found: list[_Step] = []
    beside, at, gap, loose = 0, 0, 0, False
    while at < len(text):
        match = pattern.match(text, at)
        if match is None:
            if text[at].isalpha() or text[at] == "'":
                word = re.compile(r"[^\WA-Z]+" if table.language == "en" else r"[^\WA-Z]").match(text, at)
                gap += 1
                at = word.end() if word else at + 1
            elif text[at] in " ,:?=":
                at += 1
            else:
                return None, 0
            continue
        sign = match.lastgroup or ""
        if sign == "filler":
            at = match.end()
            continue
        if sign == "amount":
            mention = sketch.mentions[order[sum(char.isupper() for char in text[:at])]]
            found.append(_Step("", mention))
        elif sign == "then" and not found:
            gap += 1
        else:
            found.append(_Step(sign))
        if gap and any(one.sign != "then" for one in found[:-1]):
            return None, 0
        beside += gap
        gap = 0
        loose = loose or (sign in (*_SIGNS, "half", "double", "square") and match[0] not in "∸∕")
        at = match.end()
    while found and found[-1].sign == "then":
        found.pop()
    return (found if loose else None), beside + gap


def _pattern(table: Frames) -> re.Pattern[str]:
    parts = [f"(?P<{name}>{table.steps[name]})" for name in table.steps]
    edge = ("(?<![a-z])", "(?![a-z])") if table.language == "en" else ("", "")
    return re.compile(f"(?P<amount>[NMLWVAHGP])|{edge[0]}(?:{'|'.join(parts)}){edge[1]}")


def _turned(text: str, table: Frames) -> tuple[str, list[int]]:
    """ "take N from N" as "N minus N", and which amount each letter stands for then."""
    order = list(range(sum(char.isupper() for char in text)))
    for pattern, written in table.turns:
        if match := pattern.search(text):
            first, second = (sum(char.isupper() for char in text[: match.start(name)]) for name in ("a", "b"))
            if written.index("{b}") < written.index("{a}"):
                order[first], order[second] = order[second], order[first]
            text = text[: match.start()] + written.format(a=match["a"], b=match["b"]) + text[match.end() :]
    return text, order


def _worked_out(steps: Sequence[_Step], words: Words) -> Term:
    """Within a step by precedence, step after step on what there is so far."""
    total: Term | None = None
    for row in _rows(steps):
        if total is None:
            total = _row(row, words)
            continue
        if not row[0].sign:
            raise NotASum
        total = _after(total, row, words)
    if total is None:
        raise NotASum
    return total


def _rows(steps: Sequence[_Step]) -> list[list[_Step]]:
    rows: list[list[_Step]] = [[]]
    for step in steps:
        if step.sign == "then":
            rows.append([])
        else:
            rows[-1].append(step)
    return [row for row in rows if row]


def _row(row: Sequence[_Step], words: Words) -> Term:
    """ "12 times 15 minus 8", "half of 370 plus 15"."""
    before = ""
    if row[0].sign in ("half", "double", "add"):
        before, row = row[0].sign, row[1:]
    if not row or row[0].mention is None or row[0].mention.letter == "P":
        raise NotASum
    total = _term(row[0].mention, words)
    if before in ("half", "double"):
        total = _once(total, before, words)
    return _after(total, row[1:], words)


def _after(total: Term, row: Sequence[_Step], words: Words) -> Term:
    at = 0
    while at < len(row):
        sign = row[at].sign
        if sign in ("half", "double", "square"):
            total, at = _once(total, sign, words), at + 1
            continue
        other = row[at + 1].mention if at + 1 < len(row) else None
        if sign not in _SIGNS or other is None:
            raise NotASum
        at += 2
        if other.letter == "P":
            if sign not in ("plus", "minus") or not isinstance(other.value, Quantity):
                raise NotASum
            part = 1 + other.value.amount / 100 * (1 if sign == "plus" else -1)
            total = joined(total, "×", Term(Quantity(part), number(part, words.language)), words.language)
            continue
        right = _term(other, words)
        if at < len(row) and row[at].sign == "square":
            right, at = _once(right, "square", words), at + 1
        while sign in ("plus", "minus") and at + 1 < len(row) and row[at].sign in ("times", "over"):
            following = row[at + 1].mention
            if following is None or following.letter == "P":
                raise NotASum
            right = joined(right, _SIGNS[row[at].sign], _term(following, words), words.language)
            at += 2
        total = (
            joined(*_alike(total, right, sign), words.language)
            if sign in ("plus", "minus")
            else joined(total, _SIGNS[sign], right, words.language)
        )
    return total


def _alike(left: Term, right: Term, sign: str) -> tuple[Term, str, Term]:
    """Both of one currency, if only one names it."""
    units = {left.value.unit, right.value.unit}
    if len(units) == 2 and "" in units and (unit := max(units)) in MONEY:
        left, right = (replace(one, value=Quantity(one.value.amount, unit)) for one in (left, right))
    return left, _SIGNS[sign], right


def _term(mention: Mention, words: Words) -> Term:
    if not isinstance(mention.value, Quantity):
        raise NotASum
    return Term(mention.value, shown(mention.value, words))


def _once(term: Term, sign: str, words: Words) -> Term:
    two = Term(Quantity(Fraction(2)), "2")
    if sign == "square":
        return power(term if term.level == 4 else Term(term.value, f"({term.shown})", 4, term.operators), two, "²")
    return joined(term, "/" if sign == "half" else "×", two, words.language)
