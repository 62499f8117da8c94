"""From a message to a solution."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from assistant.talk.sums.amounts import AmountReader, phrases
from assistant.talk.sums.calendar_words import CalendarReader
from assistant.talk.sums.case import Case
from assistant.talk.sums.expressions import Expressions
from assistant.talk.sums.grammar import Bound, Reader, Terminal, TooManySteps
from assistant.talk.sums.reading import RULES, agree, read_solutions, same, sketches, tokens_of
from assistant.talk.sums.tokens import MAX_CHARS, Token
from assistant.talk.sums.values import Language, NotASum, Quantity, Solution, Term, Value
from assistant.talk.sums.words import Words, words

_MAX_TOKENS = 90
_MAX_THINGS = 2
_CHINESE_NUMBERS = frozenset("零一二两三四五六七八九十百千万亿半〇俩仨")
_NO_THING = frozenset("多少几的是元块毛角钱每个,:=()+-*/%和跟")
_DATE_LIKE = re.compile(r"\d{1,4}[-/]\d{1,2}[-/]\d{1,4}")
_TELLS = re.compile(
    r"^[^多少几?？=算]*[^\W\d]了[\d一二三四五六七八九十百][^多少几?？=算]*$|从\d[^到]*了百分之[^几多]*$"
)
"""Chinese that tells what was, and asks nothing."""
_IN_MINUTES = re.compile(r"how many min|in minutes|(?:多少|几)分[钟鐘]", re.I)
_THING_SIGNS = {"en": 3, "zh": 5}


def solve(text: str, language: Language, now: datetime, *, known: Sequence[Quantity] = ()) -> Solution | None:
    """The answer to `text` if it is a sum as a whole; `None` if it is not, or if it can be read in two ways.

    `now` must be aware. `known` is what is known of the person, each with its name in `of`: "my rent" is looked up there.
    """
    if now.tzinfo is None:
        raise ValueError("now needs a time zone")
    if len(text) > MAX_CHARS:
        return None
    return _solved_anew(text, language, now, known) if known else _solved_once(text, language, now)


@lru_cache(maxsize=4)
def _solved_once(text: str, language: Language, now: datetime) -> Solution | None:
    """A turn asks twice: whether a message is a sum, and what it comes to."""
    return _solved_anew(text, language, now, ())


def _solved_anew(text: str, language: Language, now: datetime, known: Sequence[Quantity]) -> Solution | None:
    lexicon = words(language)
    found = None if _TELLS.search(text) else _by_grammar(text, lexicon, now, known)
    read = [] if known else _by_amounts(text, lexicon, now)
    if found and read:
        found = read[0] if _IN_MINUTES.search(text) and "小时" not in text and read[0].value == found.value else found
        return found if all(same(found, one) for one in read) else None
    return found or (read[0] if read else None)


def _by_grammar(text: str, lexicon: Words, now: datetime, known: Sequence[Quantity]) -> Solution | None:
    """By a form that is the whole message."""
    read = tokens_of(text, lexicon)
    if not read or len(read) > _MAX_TOKENS or not _may_be_sum(read, lexicon, known):
        return None
    reader = _reader(read, lexicon, now, known)
    try:
        found = _solutions(reader, lexicon, now, plain=not _unknown_runs(read, lexicon, known))
    except TooManySteps:
        return None
    return found[0] if len({(one.value, one.text if one.value is None else "") for one in found}) == 1 else None


def _by_amounts(text: str, lexicon: Words, now: datetime) -> list[Solution]:
    """By its amounts and the words beside them; nothing if two readings differ."""
    found: list[Solution] = []
    for number, sketch in enumerate(sketches(text, lexicon, now)):
        if found := read_solutions(sketch, lexicon, now, steps=number == 0):
            break
    return found if agree(found) else []


def wants_sum(text: str, language: Language) -> bool:
    """Whether `text` looks like a calculation: it has a number and a word or sign that asks to calculate."""
    if len(text) > MAX_CHARS:
        return False
    lexicon = words(language)
    read = tokens_of(text, lexicon)
    row = [token.text for token in read]
    numbers = [_is_number(token, lexicon) for token in read]
    asks = any(
        tuple(row[at : at + len(one)]) == one
        and (len(one[0]) > 1 or len(one) > 1 or any(numbers[max(at - 1, 0) : at + 2]))
        for one in lexicon.wants
        for at in range(len(row))
    )
    signs = [at for at in range(1, len(row) - 1) if row[at] in "+*×/^÷"]
    return any(numbers) and (
        asks or any(read[at - 1].number is not None and read[at + 1].number is not None for at in signs)
    )


def _is_number(token: Token, lexicon: Words) -> bool:
    if token.number is not None or token.text in lexicon.numbers:
        return True
    return lexicon.language == "zh" and token.text in _CHINESE_NUMBERS and token.text != "一"


def _solutions(reader: Reader, lexicon: Words, now: datetime, *, plain: bool) -> list[Solution]:
    present = {token.text for token in reader.tokens}
    found: list[tuple[int, Solution]] = []
    for rarest, forms in lexicon.forms:
        for form in forms if not rarest or not rarest.isdisjoint(present) else ():
            if not (plain or form.names_things) or any(need.isdisjoint(present) for need in form.needs):
                continue
            for end, bound in reader.ends(form.node, 0):
                if end == len(reader.tokens) and (solution := _solved(form.kind, bound, lexicon, now)):
                    found.append((form.place, solution))
    return [solution for _, solution in sorted(found, key=lambda one: one[0])]


def _solved(kind: str, bound: Bound, lexicon: Words, now: datetime) -> Solution | None:
    try:
        return RULES[kind](Case(dict(bound), lexicon, now))
    except NotASum:
        return None


def _may_be_sum(read: Sequence[Token], lexicon: Words, known: Sequence[Quantity]) -> bool:
    if not known and not any(token.number is not None or token.text in lexicon.amounts for token in read):
        return False
    runs = _unknown_runs(read, lexicon, known)
    return len(runs) <= _MAX_THINGS and max(runs, default=0) <= _THING_SIGNS[lexicon.language]


def _unknown_runs(read: Sequence[Token], lexicon: Words, known: Sequence[Quantity]) -> list[int]:
    """How many unknown words stand together, for each place where there are any."""
    named = {word for one in known for word in (*one.of.lower().split(), *one.of)}
    runs: list[int] = []
    before = True
    for token in read:
        familiar = (
            not token.text[0].isalpha()
            or token.text in lexicon.vocabulary
            or token.text in _CHINESE_NUMBERS
            or token.text in named
        )
        if not familiar and before:
            runs.append(0)
        runs[-1:] = [runs[-1] + 1] if not familiar else runs[-1:]
        before = familiar
    return runs


def _reader(read: Sequence[Token], lexicon: Words, now: datetime, known: Sequence[Quantity]) -> Reader:
    amounts = AmountReader(lexicon, known)
    calendar = CalendarReader(amounts, now.date())
    terminals: dict[str, Terminal] = {
        "number": amounts.number, "count": amounts.count, "percent": amounts.percent, "discount": amounts.discount,
        "money": amounts.money, "priced": amounts.priced, "unit": amounts.unit, "quantity": amounts.quantity,
        "duration": amounts.duration, "rate": amounts.rate, "distance": amounts.distance, "amount": amounts.amount,
        "speed": amounts.of_kind("speed"), "volume": amounts.of_kind("volume"), "length": amounts.of_kind("length"),
        "row": amounts.numbers_in_row, "expression": _expression(lexicon, amounts),
        "day": calendar.day, "clock": calendar.clock, "year": calendar.year, "thing": _thing(lexicon),
        "stretch": _stretch(amounts), "period": _period(amounts),
    }  # fmt: skip
    return Reader(read, lexicon.rules, terminals)


def _expression(lexicon: Words, amounts: AmountReader) -> Terminal:
    """An expression that is no date, score or saying ("24/7")."""
    expressions = Expressions(amounts)

    def read(reader: Reader, at: int) -> Sequence[tuple[int, Value]]:
        return [(end, one) for end, one in expressions.read(reader, at) if not _saying(reader, at, end, one, lexicon)]

    return read


def _saying(reader: Reader, at: int, end: int, term: Term, lexicon: Words) -> bool:
    written = "".join(token.written or token.text for token in reader.tokens[at:end])
    return written in lexicon.idioms or (bool(term.tight) and (at == 0 or _DATE_LIKE.fullmatch(written) is not None))


def _thing(lexicon: Words) -> Terminal:
    """What is bought or shared: up to three unknown words, or five signs."""

    def read(reader: Reader, at: int) -> Sequence[tuple[int, Value]]:
        found: list[tuple[int, Value]] = []
        end = at
        if lexicon.language == "zh" and phrases(reader, at, lexicon.units):
            return found
        while (
            end < len(reader.tokens)
            and end - at < _THING_SIGNS[lexicon.language]
            and _unknown(reader.tokens[end], lexicon)
        ):
            end += 1
            found.append((end, "thing"))
        return found

    return read


def _unknown(token: Token, lexicon: Words) -> bool:
    if lexicon.language == "zh":
        return token.number is None and token.text not in _NO_THING and token.text not in _CHINESE_NUMBERS
    free = token.text not in lexicon.vocabulary and token.text not in _CHINESE_NUMBERS
    return free and token.number is None and token.text.replace("'", "").isalpha()


def _stretch(amounts: AmountReader) -> Terminal:
    """Days, weeks, months or years."""
    return lambda reader, at: [
        (end, one)
        for end, one in amounts.quantity(reader, at)
        if one.unit in ("day", "week", "fortnight", "month", "year")
    ]


def _period(amounts: AmountReader) -> Terminal:
    """The name of a period, in the singular or plural."""
    return lambda reader, at: [
        (end, unit) for end, unit in amounts.unit(reader, at) if unit in ("day", "week", "month", "year", "h")
    ]
