"""Whether what a reply says of a person is supported by what the model was given: numbers by value, dates in any form, names."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import SequenceMatcher
from functools import cached_property
from itertools import combinations, permutations
from unicodedata import normalize

from assistant.talk.checks.patterns import either, patterns
from assistant.talk.checks.text import bare
from assistant.talk.checks.values import Day, dates_in, numbers_in
from memory.language import times
from memory.language.text import CJK
from prompts.types import Language

ALIKE = 0.8
"""How alike two names are of which one is the other misspelt."""
MAX_SUMMED = 24
"""Of so many numbers the sums and differences are known too: a model may have added them up."""
MAX_ADDED = 10
"""Of so many numbers up to five together are added up: 627 sums."""
MAX_DAYS_OF_A_DAY = 8
"""A longer stretch ("next month") does not say of a day that it is the one."""
SLACK_DAYS = {"week": 3, "周": 3, "星期": 3, "month": 31, "月": 31, "year": 200, "年": 200}
"""How far what is called so many weeks, months or years ago may lie off."""
MAX_COUNT = 12
"""Up to here a number may say how many share, or how often."""
MAX_DATED_CHARS = 500
_WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?")
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?::\d\d)?\s*p\.?m|下午(?P<later>\d{1,2})|晚上(?P<night>\d{1,2})", re.I)
_HALF = re.compile(r"half past|半")
_QUARTER = re.compile(r"quarter|一刻")


@dataclass(frozen=True)
class Support:
    """What `texts` hold, worked out when it is first asked for; `told` are those of them that tell of the user."""

    texts: Sequence[str]
    told: Sequence[str]
    language: Language
    today: date | None = None

    @cached_property
    def text(self) -> str:
        return "\n".join(self.texts).casefold()

    @cached_property
    def signs(self) -> str:
        return bare(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word as it may be written: without accents, without 's."""
        found = {_plain(word) for word in _WORD.findall(self.text.replace("’", "'"))}
        return frozenset(found | {word.removesuffix("'s").removesuffix("s") for word in found})

    @cached_property
    def dates(self) -> Sequence[Day]:
        return [day for text in self.texts for day in dates_in(text)]

    @cached_property
    def numbers(self) -> frozenset[float]:
        """The values in the texts; years and days of dates; 12 more for an hour in the afternoon."""
        found = {number.value for text in self.texts for number in numbers_in(text)}
        for match in _CLOCK.finditer(self.text):
            hour = int(next(group for group in match.groups() if group))
            found |= {float(hour), float(hour + 12)}
        found |= {hour - 12 for hour in found if 12 < hour <= 24}
        found |= {30.0, 0.5} if _HALF.search(self.text) else set()
        found |= {15.0, 45.0} if _QUARTER.search(self.text) else set()
        if self.today:
            found |= {float(self.today.year), float(self.today.day), float(self.today.month)}
        return frozenset(found)

    @cached_property
    def amounts(self) -> Sequence[float]:
        """What is told of in numbers, without those of dates."""
        found: dict[float, None] = {}
        for text in self.told:
            days = dates_in(text)
            for number in numbers_in(text):
                if number.value >= 2 and not any(day.start <= number.start < day.end for day in days):
                    found[number.value] = None
        return list(found)[:MAX_SUMMED]

    @cached_property
    def derived(self) -> frozenset[float]:
        """Sums, differences, shares and multiples of numbers, and years passed since a year."""
        few = self.amounts
        found = {one + sign * other for one, other in permutations(few, 2) for sign in (1, -1)}
        found |= {sum(some) for size in (3, 4, 5) for some in combinations(few[:MAX_ADDED], size)} | {sum(few)}
        counts = [value for value in few if value <= MAX_COUNT]
        found |= {share for one in few for count in counts for share in (one * count, one / count)}
        if self.today:
            this = self.today.year
            found |= {this - year - near for year in self.numbers if 1900 <= year <= this + 1 for near in (0, 1)}
            found |= {this - years - near for years in self.numbers if 0 < years < 120 for near in (0, 1, -1)}
        return frozenset(found)

    @cached_property
    def spans(self) -> Sequence[tuple[date, date]]:
        """The days that the texts name relative to when they were said: first and last."""
        found: list[tuple[date, date]] = []
        for text in self.texts:
            said = self._said_on(text)
            if said:
                at = datetime(said.year, said.month, said.day, 12, tzinfo=UTC)
                spans = times.resolve(text[:MAX_DATED_CHARS], at)
                found += [(span.start.date(), span.end.date() - timedelta(days=1)) for span in spans]
                found.append((said, said))
        return found

    def _said_on(self, text: str) -> date | None:
        first = next((day for day in dates_in(text[:60]) if day.year and day.month and day.day), None)
        if first and first.year and first.month and first.day:
            try:
                return date(first.year, first.month, first.day)
            except ValueError:
                return None
        return self.today

    def has_number(self, value: float) -> bool:
        """Whether the texts have this value, or two of which it is the sum or the difference."""
        return value in self.numbers or value in self.derived

    def has_date(self, day: Day) -> bool:
        """Whether a text names this day, or a stretch that it lies in."""
        if any(_fits(day, other) for other in self.dates):
            return True
        if self.today is None and either("when_told", self.text):
            return True
        return any(_lies_in(day, first, last) for first, last in self.spans)

    def has_name(self, name: str) -> bool:
        """Whether a text has this name: by its stem, as part of a longer one, or misspelt."""
        plain = _plain(name).removesuffix("'s")
        if plain in self.words or plain.removesuffix("s") in self.words:
            return True
        close = (word for word in self.words if len(word) >= 3 and word[0] == plain[0])
        return any(
            (len(plain) >= 4 and word.startswith(plain[:5])) or SequenceMatcher(None, word, plain).ratio() >= ALIKE
            for word in close
        )

    def has_signs(self, name: str) -> bool:
        """Whether a text has this Chinese name, or both halves of it."""
        signs = bare(name).removesuffix("市").removesuffix("省")
        if signs in self.signs or len(signs) < 2:
            return True
        pairs = [signs[at : at + 2] for at in range(len(signs) - 1)]
        return 2 * sum(pair in self.signs for pair in pairs) >= len(pairs)

    def told_then(self, phrase: str) -> bool:
        """Whether anything was said at the time that `phrase` names as seen from today."""
        today = self.today
        if today is None or any(phrase in text for text in self.texts):
            return True
        spans = times.resolve(phrase, datetime(today.year, today.month, today.day, 12, tzinfo=UTC))
        said = [one for text in self.told if (one := self._said_on(text)) is not None and one != today]
        slack = timedelta(days=next((days for unit, days in SLACK_DAYS.items() if unit in phrase.lower()), 1))
        return not spans or any(
            span.start.date() - slack <= one <= span.end.date() + slack for span in spans for one in said
        )

    @cached_property
    def other_script(self) -> bool:
        """Whether names may stand in the texts in Chinese where the reply has them in English, or the other way round."""
        if self.language == "en":
            return any(CJK.search(text) for text in self.told)
        return any(not CJK.search(text) and len(text.split()) > 3 for text in self.told)

    @cached_property
    def names_a_place(self) -> bool:
        return patterns("en")["place_word"].search("\n".join(self.texts)) is not None


def _fits(day: Day, other: Day) -> bool:
    """Whether `other`, of a text, says all that `day`, of a reply, does."""
    if day.year and other.year and day.year != other.year:
        return False
    turned = (day.turned or other.turned) and (day.month, day.day) == (other.day, other.month)
    same = day.month == other.month and day.day in (None, other.day)
    return same or turned


def _lies_in(day: Day, first: date, last: date) -> bool:
    if day.day and last - first > timedelta(days=MAX_DAYS_OF_A_DAY):
        return False
    for year in {day.year} if day.year else {first.year, last.year}:
        try:
            begins = date(year, day.month or 1, day.day or 1)
        except ValueError:
            continue
        ends = begins if day.day else begins + timedelta(days=30)
        if begins <= last and first <= ends:
            return True
    return False


def _plain(word: str) -> str:
    return "".join(sign for sign in normalize("NFKD", word.casefold()) if not "\u0300" <= sign <= "\u036f")


def other_counts(text: str, after: str) -> Iterator[float]:
    """The numbers that stand before `after` in a text."""
    for number in numbers_in(text):
        if after and text[number.end :].lstrip(" -").casefold().startswith(after):
            yield number.value
