"""What is coming, by what the user told: the notes that name a day from now on, in the order of the days.

Reminders are told by `reminding.py`. A day without a year is the next one after it was told; a time that is counted from another
event ("until he is back") is not understood: then all that comes is told.
"""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from assistant.talk.answer import Answer, Asked
from assistant.talk.life import Line, finds, life_of
from assistant.talk.quoting import as_hit
from assistant.talk.texts import say
from memory.language.times import Span, resolve
from prompts.wording import short_date

MOST, MOST_CHARS = 12, 220
AHEAD_DAYS = 180
"""A day without a year that was so long ago is the next one."""
DAYS = {"d": 1, "w": 7, "m": 31, "天": 1, "日": 1, "周": 7, "星": 7, "礼": 7, "月": 31, "个": 31}
_HOW_LONG = re.compile(
    r"(?:next|coming|following|in|within) (?:the )?(?:next )?(?P<n>\d+|an?|one|two|three|four|five|six)? ?"
    r"(?P<unit>[dwm])(?:ays?|eeks?|onths?)\b"
    r"|(?P<half>半)个月|(?P<han>[\d一二两三四五六七八九十]+)个?(?P<zh>天|日|周|星期|礼拜|月)(?:里|内|之内|以内)",
    re.I,
)
_NUMBERS = (
    {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
    | {sign: number for number, sign in enumerate("一二三四五六七八九十", 1)}
    | {"两": 2}
)
_OF_A_YEAR = re.compile(r"\d+\s*月\s*\d+|\d+\s*(?:st|nd|rd|th)?\s+(?:of\s+)?[A-Z][a-z]{2,}|[A-Z][a-z]{2,}\.?\s+\d+")
_WEEKDAY = re.compile(r"\b(?:this|coming|on)\b|^\w+day$|^(?:这?个?)?(?:周|星期|礼拜)[一二三四五六日天]$", re.I)


def agenda(asked: Asked) -> Answer | None:
    """`None` where it is not asked for, or nothing that was told is to come."""
    if not asked.recalls or not finds("asks_agenda", asked.text) or finds("asks_of_before", asked.text):
        return None
    first, last = _window(asked)
    found = [
        (day, line)
        for line in life_of(asked)
        if not line.over and (day := _day_of(line, asked)) and first <= day <= last
    ]
    if not found:
        return None
    found.sort(key=lambda one: one[0])
    said = [
        f"- {short_date(datetime.combine(day, asked.reading.at.timetz()), asked.language, asked.reading.at.tzinfo)}: "
        f"{line.said(asked, MOST_CHARS)}"
        for day, line in found[:MOST]
    ]
    memories = list({line.memory.id: as_hit(line.memory) for _, line in found[:MOST]}.values())
    return Answer("\n".join([say("agenda", asked.language), *said]), recalled=memories)


def _window(asked: Asked) -> tuple[date, date]:
    """The days that are asked about: all to come if none are named."""
    today = asked.reading.at.date()
    if how_long := _HOW_LONG.search(asked.text):
        return today, today + timedelta(days=_days(how_long))
    ahead = [span for span in asked.reading.spans if span.end.date() > today + timedelta(days=1)]
    if ahead:
        return max(today, ahead[0].start.date()), ahead[0].end.date() - timedelta(days=1)
    return today, today + timedelta(days=366)


def _days(match: re.Match[str]) -> int:
    if match["half"]:
        return 15
    number = (match["n"] or match["han"] or "1").lower()
    amount = int(number) if number.isdecimal() else _NUMBERS.get(number, 1)
    return amount * DAYS[(match["unit"] or match["zh"])[0].lower()]


def _day_of(line: Line, asked: Asked) -> date | None:
    """The last day that a sentence names, if it was to come when it was said."""
    told = line.memory.occurred_at.astimezone(asked.reading.at.tzinfo)
    days = [ahead(span, told).start.date() for span in resolve(line.text, told)]
    coming = [day for day in days if day > told.date() or (day == told.date() and day >= asked.reading.at.date())]
    return max(coming, default=None)


def ahead(span: Span, told: datetime) -> Span:
    """A day that is read as the last one, as the next."""
    if span.start.date() >= told.date() or re.search(r"\b(?:19|20)\d\d\b", span.phrase):
        return span
    if _OF_A_YEAR.search(span.phrase) and (told - span.start).days > AHEAD_DAYS:
        return replace(
            span,
            start=span.start.replace(year=span.start.year + 1, day=min(span.start.day, 28))
            + timedelta(days=max(span.start.day - 28, 0)),
        )
    return replace(span, start=span.start + timedelta(days=7)) if _WEEKDAY.search(span.phrase) else span
