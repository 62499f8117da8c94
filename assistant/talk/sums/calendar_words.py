"""Terminals of the grammar that read dates and times of day."""

from datetime import date, timedelta
from fractions import Fraction

from assistant.talk.sums.amounts import AmountReader, phrases
from assistant.talk.sums.grammar import Reader
from assistant.talk.sums.numbering import chinese_number, whole
from assistant.talk.sums.values import Clock, Day
from memory.language.times.holidays import holiday

Days = list[tuple[int, Day]]
Clocks = list[tuple[int, Clock]]
_ORDINAL = ("st", "nd", "rd", "th")
_YEARS = range(1850, 2200)
_ZH_WEEKDAYS = {sign: n for n, sign in enumerate("一二三四五六日")} | {"天": 6}
_HALVES = {
    "早上": "am", "上午": "am", "凌晨": "am", "清晨": "am", "早晨": "am", "下午": "pm", "晚上": "pm", "傍晚": "pm", "今晚": "pm",
    "明早": "am", "中午": "noon", "夜里": "", "半夜": "",
}  # fmt: skip


class CalendarReader:
    """Reads dates in one language, seen from a day."""

    def __init__(self, amounts: AmountReader, today: date) -> None:
        self.amounts, self.words, self.today = amounts, amounts.words, today

    def year(self, reader: Reader, at: int) -> list[tuple[int, Fraction]]:
        """A year in four digits."""
        number = whole(reader, at)
        if number is not None and number in _YEARS and len(reader.word(at)) == 4:
            return [(at + 1, Fraction(number))]
        signs = "".join(reader.word(at + n) for n in range(4))
        if len(signs) == 4 and all(sign in "零〇一二三四五六七八九" for sign in signs):
            return [(at + 4, Fraction(chinese_number(signs) or 0))]
        return []

    def day(self, reader: Reader, at: int) -> Days:
        """A date: named, of a weekday, a holiday, or counted from today."""
        if reader.word(at) == "the" and reader.word(at + 1) not in ("day", "new", "spring"):
            return self._spoken(reader, at + 1)
        found = [*self._iso(reader, at), *self._near(reader, at), *self._holiday(reader, at), *self._end(reader, at)]
        if self.words.language == "zh":
            return [*found, *self._chinese(reader, at), *self._chinese_weekday(reader, at)]
        return [*found, *self._spoken(reader, at), *self._weekday(reader, at)]

    def _iso(self, reader: Reader, at: int) -> Days:
        year, month, number = (whole(reader, place) for place in (at, at + 2, at + 4))
        marks = reader.word(at + 1) + reader.word(at + 3)
        if year and month and number and marks in ("--", "//") and year in _YEARS:
            return [(at + 5, self._named(year, month, number))]
        return []

    def _near(self, reader: Reader, at: int) -> Days:
        return [
            (end, Day(self.today + timedelta(days=self.words.days[name]), " ".join(name)))
            for end, name in phrases(reader, at, self.words.days)
        ]

    def _holiday(self, reader: Reader, at: int) -> Days:
        found: Days = []
        for end, name in phrases(reader, at, self.words.holidays):
            key = self.words.holidays[name]
            year = self.year(reader, end)
            if year:
                found.append((year[0][0], Day(holiday(key, int(year[0][1]))[0])))
            else:
                found.append((end, Day(self._next(key), has_year=True)))
        return found

    def _next(self, key: str) -> date:
        days = [holiday(key, year)[0] for year in range(self.today.year, self.today.year + 2)]
        return next(one for one in days if one >= self.today)

    def _end(self, reader: Reader, at: int) -> Days:
        found: Days = []
        for end, name in phrases(reader, at, self.words.ends):
            last = date(self.today.year, 12, 31)
            if self.words.ends[name] == "month":
                last = (self.today.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            found.append((end, Day(last)))
        return found

    def _named(self, year: int | None, month: int, number: int) -> Day:
        """With no year the next such date is meant, or the last: the question says."""
        if not 1 <= month <= 12:
            return Day(None, "", year is not None, month, number)
        try:
            return Day(date(year or 2024, month, number), "", year is not None, month, number)
        except ValueError:
            return Day(None, "", year is not None, month, number)

    def _spoken(self, reader: Reader, at: int) -> Days:
        """3 March, the 3rd of March 2027, March 3rd, 2027."""
        found: Days = []
        first = whole(reader, at)
        if first is not None and first <= 31:
            end = at + 2 if reader.word(at + 1) in _ORDINAL else at + 1
            end += reader.word(end) == "of"
            if month := self.words.months.get(reader.word(end)):
                found = self._with_year(reader, end + 1, month, first)
        elif month := self.words.months.get(reader.word(at)):
            start = at + 2 if reader.word(at + 1) == "the" else at + 1
            number = whole(reader, start)
            if number is not None and number <= 31:
                end = start + 2 if reader.word(start + 1) in _ORDINAL else start + 1
                found = self._with_year(reader, end, month, number)
        return found

    def _with_year(self, reader: Reader, at: int, month: int, number: int) -> Days:
        found: Days = [(at, self._named(None, month, number))]
        for start in (at, at + 1) if reader.word(at) in (",", "in", "of") else (at,):
            found += [(end, self._named(int(year), month, number)) for end, year in self.year(reader, start)]
        if reader.word(at) + reader.word(at + 1) in ("nextyear", "thisyear"):
            found.append((at + 2, self._named(self.today.year + (reader.word(at) == "next"), month, number)))
        return found

    def _weekday(self, reader: Reader, at: int) -> Days:
        """Friday, this Friday: the next one. "Next Friday" means two days to two people, and is not read."""
        place = at + 1 if reader.word(at) in ("this", "coming") else at
        if (wanted := self.words.weekdays.get(reader.word(place))) is not None:
            return [(place + 1, Day(self._coming(wanted), "weekday"))]
        return []

    def _coming(self, weekday: int) -> date:
        return self.today + timedelta(days=(weekday - self.today.weekday()) % 7 or 7)

    def _chinese(self, reader: Reader, at: int) -> Days:
        year, place = None, at
        if after := [(end, one) for end, one in self.year(reader, at) if reader.word(end) == "年"]:
            year, place = int(after[0][1]), after[0][0] + 1
        for word, shift in (("今年", 0), ("明年", 1), ("后年", 2), ("去年", -1)):
            if reader.word(at) + reader.word(at + 1) == word:
                year, place = self.today.year + shift, at + 2
                place += reader.word(place) == "的"
        found: Days = self._of_near_month(reader, at)
        for end, month in self.amounts.numbers.read(reader, place):
            if reader.word(end) != "月" or month.denominator != 1:
                continue
            for last, number in self.amounts.numbers.read(reader, end + 1):
                if number.denominator == 1 and reader.word(last) in ("号", "日"):
                    found.append((last + 1, self._named(year, int(month), int(number))))
        return found

    def _of_near_month(self, reader: Reader, at: int) -> Days:
        """这个月20号, 下个月15号."""
        row = "".join(reader.word(at + n) for n in range(3))
        for words, shift in (("这个月", 0), ("本月", 0), ("下个月", 1), ("下月", 1)):
            if not row.startswith(words):
                continue
            place = at + len(words) + (reader.word(at + len(words)) == "的")
            month = self.today.month + shift
            year, month = self.today.year + (month > 12), (month - 1) % 12 + 1
            return [
                (end + 1, self._named(year, month, int(number)))
                for end, number in self.amounts.numbers.read(reader, place)
                if number.denominator == 1 and reader.word(end) in ("号", "日")
            ]
        return []

    def _chinese_weekday(self, reader: Reader, at: int) -> Days:
        """周五 is the next one, 这周五 of this week, 下周五 of the next."""
        row = "".join(reader.word(at + n) for n in range(6))
        for before, shift in (("下个", 1), ("下", 1), ("这个", 0), ("这", 0), ("本", 0), ("", 0)):
            for week in ("周", "星期", "礼拜"):
                start = len(before) + len(week)
                if row.startswith(before + week) and (wanted := _ZH_WEEKDAYS.get(row[start : start + 1])) is not None:
                    monday = self.today - timedelta(days=self.today.weekday()) + timedelta(weeks=shift)
                    day = monday + timedelta(days=wanted) if before else self._coming(wanted)
                    return [(at + start + 1, Day(day, "weekday"))]
        return []

    def clock(self, reader: Reader, at: int) -> Clocks:
        """10:40, 2:15 pm, 7am, half past six, noon; 下午两点半, 14点15."""
        if self.words.language == "zh":
            return [*self._chinese_clock(reader, at), *self._digital(reader, at)]
        if reader.word(at) in ("noon", "midday"):
            return [(at + 1, Clock(12, 0, "24"))]
        if reader.word(at) == "midnight":
            return [(at + 1, Clock(0, 0, "24"))]
        return [*self._digital(reader, at), *self._on_the_hour(reader, at), *self._past(reader, at)]

    def _digital(self, reader: Reader, at: int) -> Clocks:
        hour, minute = whole(reader, at), whole(reader, at + 2)
        if hour is None or minute is None or reader.word(at + 1) != ":" or len(reader.word(at + 2)) != 2:
            return []
        if hour > 23 or minute > 59 or reader.word(at + 3) == ":":
            return []
        sure = "24" if hour > 12 or hour == 0 or reader.word(at).startswith("0") else ""
        return self._with_half(reader, at + 3, Clock(hour, minute, sure))

    def _on_the_hour(self, reader: Reader, at: int) -> Clocks:
        """7am, 7 o'clock, and a bare 7."""
        found: Clocks = []
        for end, one in self.amounts.numbers.read(reader, at):
            if one.denominator == 1 and 1 <= one <= 12:
                oclock = reader.word(end) == "oclock"
                found += self._with_half(reader, end + oclock, Clock(int(one), 0, "", bare=True))
        return found

    def _with_half(self, reader: Reader, at: int, read: Clock) -> Clocks:
        half = {"am": "am", "a.m": "am", "pm": "pm", "p.m": "pm"}.get(reader.word(at))
        if half and 1 <= read.hour <= 12 and read.half != "24":
            return [(at + 1, Clock(read.hour, read.minute, half))]
        in_the = " ".join(reader.word(at + n) for n in range(3))
        part = {"in the morning": "am", "in the afternoon": "pm", "in the evening": "pm"}.get(in_the)
        if part and 1 <= read.hour <= 12:
            return [(at + 3, Clock(read.hour, read.minute, part))]
        return [(at, read)] if not half else []

    def _past(self, reader: Reader, at: int) -> Clocks:
        """half past six, quarter to nine, twenty past four."""
        start = at + 1 if reader.word(at) == "a" else at
        parts = {"half": 30, "quarter": 15, "five": 5, "ten": 10, "twenty": 20}
        way = {"past": 1, "to": -1}.get(reader.word(start + 1))
        minutes = parts.get(reader.word(start)) or (whole(reader, start) if way else None)
        if not minutes or minutes > 30 or not way or (minutes == 30 and way < 0):
            return []
        found: Clocks = []
        for end, one in self._on_the_hour(reader, start + 2):
            hour = one.hour if way > 0 else (one.hour - 2) % 12 + 1
            if not one.half or (way > 0 and one.hour != 12):
                found.append((end, Clock(hour, minutes if way > 0 else 60 - minutes, one.half)))
        return found

    def _chinese_clock(self, reader: Reader, at: int) -> Clocks:
        word = reader.word(at) + reader.word(at + 1)
        half = _HALVES.get(word)
        start = at + 2 if half is not None else at
        found: Clocks = []
        if half and (digital := self._digital(reader, start)):
            found += [(end, self._halved(one, half)) for end, one in digital]
        for end, one in self.amounts.numbers.read(reader, start):
            if reader.word(end) not in ("点", "时") or one.denominator != 1 or not 0 <= one <= 24:
                continue
            after = end + 1 + (reader.word(end + 1) == "钟")
            for last, minute in [(after, 0), *self._chinese_minutes(reader, after)]:
                sure = "24" if one > 12 or one == 0 else ""
                found.append((last, self._halved(Clock(int(one) % 24, minute, sure), half or "")))
        return found

    def _halved(self, read: Clock, half: str) -> Clock:
        if half == "noon":
            return Clock(read.hour, read.minute, "24" if read.hour in (11, 12) else "pm")
        return Clock(read.hour, read.minute, half) if half and read.half != "24" and 1 <= read.hour <= 12 else read

    def _chinese_minutes(self, reader: Reader, at: int) -> list[tuple[int, int]]:
        if reader.word(at) == "半":
            return [(at + 1, 30)]
        if reader.word(at + 1) == "刻" and reader.word(at) in ("一", "三"):
            return [(at + 2, 15 if reader.word(at) == "一" else 45)]
        start = at + 1 if reader.word(at) == "零" else at
        return [
            (end + (reader.word(end) == "分"), int(one))
            for end, one in self.amounts.numbers.read(reader, start)
            if one.denominator == 1 and 0 < one < 60 and (one >= 10 or start > at or reader.word(end) == "分")
        ]
