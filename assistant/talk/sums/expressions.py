"""Arithmetic as a terminal: 12*(3+4), 3/8 of 2 cups, 二十乘以十五. Read by precedence and worked out in fractions."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import isqrt

from assistant.talk.sums.amounts import AmountReader, phrases
from assistant.talk.sums.grammar import Reader
from assistant.talk.sums.show import shown
from assistant.talk.sums.values import NotASum, Quantity, Term
from assistant.talk.sums.words import worth

Terms = list[tuple[int, Term]]
_MAX_EXPONENT = 200
_MAX_DIGITS = 30
_MAX_DEPTH = 8
_LEVELS = {"+": 0, "-": 0, "×": 1, "/": 1, "of": 1}
_NONE = Quantity(Fraction(0))


class Expressions:
    """Reads expressions with the amounts and operators of one language."""

    def __init__(self, amounts: AmountReader) -> None:
        self.amounts, self.words = amounts, amounts.words

    def read(self, reader: Reader, at: int) -> Terms:
        """Every expression with at least one operator that begins there."""
        return [(end, term) for end, term in self._sum(reader, at, 0) if term.operators]

    def _sum(self, reader: Reader, at: int, depth: int) -> Terms:
        return self._chain(reader, at, ("+", "-"), lambda place: self._product(reader, place, depth))

    def _product(self, reader: Reader, at: int, depth: int) -> Terms:
        return self._chain(reader, at, ("×", "/", "of"), lambda place: self._power(reader, place, depth))

    def _chain(self, reader: Reader, at: int, signs: tuple[str, ...], part: Callable[[int], Terms]) -> Terms:
        found = list(part(at))
        fresh = found
        while fresh and len(found) < 300:
            following: Terms = []
            for end, left in fresh:
                for after, sign in self._operators(reader, end):
                    if sign in signs:
                        following += [
                            (last, one)
                            for last, right in part(after)
                            for one in self._joined(reader, end, left, sign, right)
                        ]
            fresh = list(dict.fromkeys(following))
            found += fresh
        return found

    def _operators(self, reader: Reader, at: int) -> list[tuple[int, str]]:
        return [(end, self.words.operators[name]) for end, name in phrases(reader, at, self.words.operators)]

    def _joined(self, reader: Reader, at: int, left: Term, sign: str, right: Term) -> list[Term]:
        try:
            term = joined(left, sign, right, self.words.language)
        except NotASum:
            return []
        tight = ""
        if (
            reader.tokens[at].glued
            and at + 1 < len(reader.tokens)
            and reader.tokens[at + 1].glued
            and reader.word(at) in "-/"
        ):
            tight = sign if left.operators + right.operators == 0 or left.tight else ""
        if tight == "/" and not left.operators and left.value.amount.denominator == right.value.amount.denominator == 1:
            term = replace(term, shown=f"{left.shown}/{right.shown}")
        return [replace(term, tight=tight)]

    def _power(self, reader: Reader, at: int, depth: int) -> Terms:
        found: Terms = []
        for end, term in self._atom(reader, at, depth):
            found.append((end, term))
            for after, sign in self._operators(reader, end):
                if sign in "²³":
                    found.append((after, power(term, Term(Quantity(Fraction(2 if sign == "²" else 3)), ""), sign)))
                elif sign == "of" and self.words.language == "zh":  # 5的3倍
                    times = [
                        (last, self._term(one))
                        for last, one in self.amounts.number(reader, after)
                        if reader.word(last) == "倍"
                    ]
                    found += [(last + 1, joined(term, "×", one, "zh")) for last, one in times]
                elif sign == "^":
                    found += [(last, power(term, right, "^")) for last, right in self._atom(reader, after, depth)]
        return found

    def _atom(self, reader: Reader, at: int, depth: int) -> Terms:
        if depth > _MAX_DEPTH:
            return []
        found: Terms = [
            (end, self._term(one, spoken=reader.tokens[at].number is None))
            for end, one in reader.read("amount", at)
            if isinstance(one, Quantity) and not _how_often(reader, at)
        ]
        if reader.word(at) == "(":
            found += [
                (end + 1, replace(term, shown=f"({term.shown})", level=4))
                for end, term in self._sum(reader, at + 1, depth + 1)
                if reader.word(end) == ")"
            ]
        if (
            reader.word(at) == "-"
            and reader.tokens[at].text == "-"
            and at + 1 < len(reader.tokens)
            and reader.tokens[at + 1].glued
        ):
            found += [
                (end, self._term(Quantity(-one.amount, one.unit)))
                for end, one in reader.read("amount", at + 1)
                if isinstance(one, Quantity)
            ]
        for end, sign in self._operators(reader, at):
            if sign == "√":
                found += [(last, one) for last, term in self._atom(reader, end, depth + 1) for one in root(term)]
            elif sign in ("2×", "3×"):
                twice = Term(Quantity(Fraction(int(sign[0]))), sign[0])
                found += [
                    (last, joined(twice, "×", term, self.words.language))
                    for last, term in self._atom(reader, end, depth + 1)
                ]
        return found

    def _term(self, quantity: Quantity, *, spoken: bool = False) -> Term:
        if spoken and not quantity.unit and 0 < quantity.amount < 1 and quantity.amount.denominator <= 10:
            return Term(quantity, f"{quantity.amount.numerator}/{quantity.amount.denominator}")
        return Term(quantity, shown(quantity, self.words))


def _how_often(reader: Reader, at: int) -> bool:
    """Three times a day."""
    return at > 0 and reader.word(at) in ("a", "an") and reader.word(at - 1) in ("times", "x")


def joined(left: Term, sign: str, right: Term, language: str) -> Term:
    """Two terms and the operator between them. Raises NotASum if their units do not go together."""
    fault = left.fault or right.fault
    value = _NONE if fault else left.value
    if not fault and sign == "/" and right.value.amount == 0:
        fault = "zero"
    elif not fault:
        value = _value(left.value, sign, right.value)
    if sign == "of" and language == "zh":
        if right.value.unit or not 0 < right.value.amount < 1 or right.operators:
            raise NotASum
        written = f"{left.shown}的{right.shown}"
    elif sign == "of":
        if left.value.unit or not 0 < left.value.amount < 1 or left.level < 1:
            raise NotASum
        written = f"{left.shown} of {right.shown}"
    else:
        level = _LEVELS[sign]
        first = left.shown if left.level >= level else f"({left.shown})"
        second = right.shown if right.level > level else f"({right.shown})"
        written = f"{first} {'÷' if sign == '/' else '−' if sign == '-' else sign} {second}"
    return Term(value, written, _LEVELS[sign], left.operators + right.operators + 1, fault=fault)


def _value(left: Quantity, sign: str, right: Quantity) -> Quantity:
    if sign in "+-":
        return _added(left, right, 1 if sign == "+" else -1)
    if sign == "/":
        if not right.unit:
            return Quantity(left.amount / right.amount, left.unit)
        if left.unit == right.unit:
            return Quantity(left.amount / right.amount)
        if left.unit in worth() and right.unit in worth() and worth()[left.unit][0] == worth()[right.unit][0]:
            return Quantity(left.amount * worth()[left.unit][1] / (right.amount * worth()[right.unit][1]))
        raise NotASum
    if left.unit and right.unit:
        if left.unit == right.unit and left.unit in ("m", "km", "cm"):
            return Quantity(left.amount * right.amount, f"{left.unit}2")
        raise NotASum
    return Quantity(left.amount * right.amount, left.unit or right.unit)


def _added(left: Quantity, right: Quantity, way: int) -> Quantity:
    if left.unit == right.unit:
        return Quantity(left.amount + way * right.amount, left.unit)
    kinds = [worth().get(one.unit, ("", 0))[0] for one in (left, right)]
    if kinds[0] and kinds[0] == kinds[1] and kinds[0] != "temperature":
        same = right.amount * worth()[right.unit][1] / worth()[left.unit][1]
        return Quantity(left.amount + way * same, left.unit)
    raise NotASum


def power(base: Term, exponent: Term, sign: str) -> Term:
    """A whole power; a fault if it has more than 30 digits."""
    number, times = base.value.amount, exponent.value.amount
    written = f"{base.shown}{sign}" if sign in "²³" else f"{base.shown}^{exponent.shown}"
    bad = base.fault or exponent.fault
    if not bad and times.denominator != 1:
        bad = "large"
    if not bad and (abs(times) > _MAX_EXPONENT or abs(times) * len(str(number)) > 4 * _MAX_DIGITS):
        bad = "large"
    if not bad and number == 0 and times < 0:
        bad = "zero"
    if not bad and not base.value.unit:
        result = Quantity(number ** int(times))
        bad = "large" if abs(result.amount) >= 10**_MAX_DIGITS else ""
        return Term(result, written, 3, base.operators + 1, fault=bad)
    return Term(_NONE, written, 3, base.operators + 1, fault=bad or "large")


def root(term: Term) -> list[Term]:
    """The square root, exact if there is one, else to 8 digits."""
    number = term.value.amount
    if term.value.unit or term.fault or number < 0:
        return []
    scale = 10**8
    value = Fraction(isqrt(number.numerator * number.denominator * scale**2), number.denominator * scale)
    exact = isqrt(number.numerator) ** 2 == number.numerator and isqrt(number.denominator) ** 2 == number.denominator
    if exact:
        value = Fraction(isqrt(number.numerator), isqrt(number.denominator))
    inner = term.shown if term.level == 4 else f"({term.shown})"
    return [Term(Quantity(value), f"√{inner}", 3, term.operators + 1)]
