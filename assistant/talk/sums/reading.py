"""Readings of a message by its amounts and the words beside them: by frames, step by step, and against a limit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from assistant.talk.sums import date_sums, everyday_sums, measure_sums, money_sums
from assistant.talk.sums.amounts import AmountReader
from assistant.talk.sums.calendar_words import CalendarReader
from assistant.talk.sums.case import Case, Rule
from assistant.talk.sums.framed import solved
from assistant.talk.sums.frames import Frames, frames
from assistant.talk.sums.grammar import Reader
from assistant.talk.sums.sketch import Sketch, sketched, sorted_out
from assistant.talk.sums.steps import in_steps
from assistant.talk.sums.tokens import Token, tokens
from assistant.talk.sums.values import Language, Quantity, Solution
from assistant.talk.sums.within import compared, without_limit
from assistant.talk.sums.words import Words, worth
from memory.language.folding import folded

RULES: Mapping[str, Rule] = {**money_sums.RULES, **measure_sums.RULES, **date_sums.RULES, **everyday_sums.RULES}
_ASKS = "?？"


def written_plainly(text: str, language: Language) -> str:
    """As the frames expect it: simplified characters, standard words, no slang."""
    plain = folded(text.replace("，", "， ")) if language == "zh" else text.lower().replace("’", "'")
    for pattern, put in frames(language).folds:
        plain = pattern.sub(put, plain)
    return plain


def tokens_of(text: str, words: Words) -> list[Token]:
    """The tokens of a text, slips of the fingers mended."""
    return [
        Token(words.typos[token.text], None, token.glued, token.written) if token.text in words.typos else token
        for token in tokens(text, words.stands_for)
        if token.text
    ]


def sketch_of(text: str, words: Words, now: datetime) -> Sketch:
    """The sketch of a text."""
    return next(sketches(text, words, now))


def sketches(text: str, words: Words, now: datetime) -> Iterator[Sketch]:
    """The sketch of a text, and then the one in which "a week" is an amount too, if that is another."""
    table = frames(words.language)
    read = tokens_of(written_plainly(text, words.language), words)
    reader = Reader(read, {}, {})
    amounts = AmountReader(words, ())
    calendar = CalendarReader(amounts, now.date())
    first: Sketch | None = None
    for ones in (False, True):
        one = sketched(reader, amounts, calendar, ones=ones)
        for letter, pattern in table.sorts:
            one = sorted_out(one, letter, pattern)
        if any(sign in text for sign in _ASKS):
            one = replace(one, text=one.text + (" ?" if words.language == "en" else "?"))
        if one != first:
            yield one
        first = one


def read_solutions(
    sketch: Sketch, words: Words, now: datetime, *, asked: bool = False, steps: bool = True
) -> list[Solution]:
    """Every solution of a sketch, best first; `asked` says that other words ask for it."""
    table = frames(words.language)
    if not sketch.mentions or table.never.search(sketch.text):
        return []
    if not asked and (limited := _limited(sketch, table, words, now)):
        return limited
    if not asked and table.yes_or_no.search(sketch.text):
        return []
    found = [solution for fit in table.fits(sketch, asked=asked) if (solution := solved(fit, words, now, RULES))]
    if not found and steps and (term := in_steps(sketch, table, words, asked=asked or table.asks_for("any", sketch))):
        found.append(RULES["expression"](Case({"e": term}, words, now)))
    return found


def _limited(sketch: Sketch, table: Frames, words: Words, now: datetime) -> list[Solution]:
    if not any(table.pattern(ask).search(sketch.text) for ask in table.within["ask"]):
        return []
    parts = without_limit(sketch, table)
    if parts is None:
        return []
    rest, limit, asks = parts
    found = read_solutions(rest, words, now, asked=True)
    if not isinstance(limit.value, Quantity) or not agree(found):
        return []
    said = compared(found[0], limit.value, asks, words)
    return [said] if said else []


def agree(found: Sequence[Solution]) -> bool:
    """Whether there is an answer, and all say the same."""
    return bool(found) and all(same(found[0], one) for one in found)


def same(one: Solution, other: Solution) -> bool:
    """Whether two answers come to the same; one may leave out the unit."""
    if isinstance(one.value, Quantity) and isinstance(other.value, Quantity):
        if one.value.unit and other.value.unit and one.value.unit != other.value.unit:
            return _in_first_unit(one.value) == _in_first_unit(other.value)
        return one.value.amount == other.value.amount
    return one.text == other.text if one.value is None else one.value == other.value


def _in_first_unit(one: Quantity) -> tuple[str, Fraction]:
    kind, value = worth().get(one.unit, (one.unit, Fraction(1)))
    return kind, one.amount * value
