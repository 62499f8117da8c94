"""From a question to the times it names.

`resolve` reads English and Chinese. What a phrase means depends on when it is said: it is worked out against `at`, in the
zone of `at`. A date without a year is the last such date before `at`, because people ask about what was said.

    english, chinese   what each language calls a time, and what the words around it make of it
    days, holidays     the calendar, without a language

dateparser was tried and left: it gives points, not spans, takes 6 s for its first call, and knows neither seasons,
holidays, "the week before …", nor 下周五.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from memory.language.folding import simplified
from memory.language.times import chinese, english
from memory.language.times.days import Days, compiled, one_day


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until before `end`, aware times; `phrase` is how the question said it."""

    start: datetime
    end: datetime
    phrase: str


Named = tuple[int, int, Days]
"""From where to where a time stands in the question, and the days it means."""

_PATTERNS = (
    compiled(
        r"\b(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})\b",
        lambda match, _: one_day(date(int(match["y"]), int(match["m"]), int(match["d"]))),
    ),
    *english.PATTERNS,
    *chinese.PATTERNS,
)
_AND = re.compile(r"^\s*(?:and|to|until|till|through|-|–|到|至|和)\s*$", re.I)


def resolve(question: str, at: datetime) -> Sequence[Span]:
    """The times `question` names, in its order; none for a question that names none. `at` must be aware."""
    if at.tzinfo is None:
        raise ValueError("at needs a time zone")
    plain = simplified(question)  # letter by letter: what is found stands in the same place
    return [
        Span(_midnight(first, at), _midnight(last, at), " ".join(question[start:end].split()))
        for start, end, (first, last) in _composed(plain, sorted(_named(plain, at.date())))
        if first < last
    ]


def _named(question: str, at: date) -> list[Named]:
    found: list[Named] = []
    for pattern, read in _PATTERNS:
        for match in pattern.finditer(question):
            if any(start < match.end() and match.start() < end for start, end, _ in found):
                continue  # a longer reading, tried before, has these words
            try:
                days = read(match, at)
            except (ValueError, OverflowError):  # 31 February, the year 0
                continue
            if days[0] < days[1]:
                found.append((match.start(), match.end(), days))
    return found


def _composed(question: str, found: Sequence[Named]) -> Sequence[Named]:
    """These times with what stands around them: "between May and July", "two weeks before Christmas", 春节前两周."""
    result: list[Named] = []
    for start, end, days in found:
        if result and _AND.match(question[result[-1][1] : start]) and result[-1][2][0] < days[1]:
            began, _, (first, _) = result.pop()
            result.append((began, end, (first, days[1])))
        elif before := english.led_in(question[:start], days):
            result.append((before[0], end, before[1]))
        elif after := chinese.led_out(question[end:], days):
            result.append((start, end + after[0], after[1]))
        else:
            result.append((start, end, days))
    return result


def _midnight(day: date, at: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=at.tzinfo)
