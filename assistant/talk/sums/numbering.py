"""Numbers as they are written and said: 1,250, 2½, twenty-five, a hundred and twenty, 1.5k, 一百二, 两万五, 三点五."""

from collections.abc import Iterator
from fractions import Fraction

from assistant.talk.sums.grammar import Reader
from assistant.talk.sums.values import Language

Ends = list[tuple[int, Fraction]]
_DIGITS = {sign: n for n, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "俩": 2, "仨": 3}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000}
_MAX_SIGNS = 16


def digits(reader: Reader, at: int) -> Fraction | None:
    return reader.tokens[at].number if at < len(reader.tokens) else None


def whole(reader: Reader, at: int) -> int | None:
    """The whole number that is written in digits there."""
    number = digits(reader, at)
    return int(number) if number is not None and number.denominator == 1 and reader.tokens[at].text.isdigit() else None


class Numbers:
    """Reads numbers in one language, with that language's words."""

    def __init__(
        self,
        language: Language,
        numbers: dict[str, Fraction],
        scales: dict[str, Fraction],
        fractions: dict[str, Fraction],
    ) -> None:
        self.language, self.small, self.scales, self.fractions = language, numbers, scales, fractions

    def read(self, reader: Reader, at: int) -> Ends:
        """Every number that begins there: (end, value)."""
        if self.language == "zh":
            return list(_chinese(reader, at))
        return [*self._written(reader, at), *self._spoken(reader, at), *self._parts(reader, at)]

    def _written(self, reader: Reader, at: int) -> Ends:
        number = digits(reader, at)
        if number is None:
            return []
        if scale := self.scales.get(reader.word(at + 1)):
            return [(at + 2, number * scale)]
        ends: Ends = [(at + 1, number)]
        over = digits(reader, at + 3)
        if number.denominator == 1 and reader.word(at + 2) == "/" and over:  # 2 1/2
            part = digits(reader, at + 1)
            glued = reader.tokens[at + 2].glued and reader.tokens[at + 3].glued
            if part is not None and part < over and glued and not reader.tokens[at + 1].glued:
                ends.append((at + 4, number + part / over))
        return [*ends, *self._and_a_half(reader, at + 1, number)]

    def _and_a_half(self, reader: Reader, at: int, number: Fraction, last: str = "") -> Ends:
        """One and a half; a dozen and a half is 18."""
        scale = self.scales.get(last, Fraction(1)) if last != "hundred" else Fraction(1)
        if (
            reader.word(at) == "and"
            and reader.word(at + 1) == "a"
            and (part := self.fractions.get(reader.word(at + 2)))
        ):
            return [(at + 3, number + part * scale)]
        return []

    def _spoken(self, reader: Reader, at: int) -> Ends:
        """twenty-five, a hundred and twenty, two thousand five hundred, a dozen, one and a half."""
        start, total, group = at, Fraction(0), Fraction(0)
        if reader.word(at) in ("a", "an") and reader.word(at + 1) in self.scales and reader.word(at + 1) != "k":
            group, at = Fraction(1), at + 1
        while True:
            word = reader.word(at)
            after_and = word == "and" and at > start and reader.word(at - 1) in self.scales
            if after_and and reader.word(at + 1) in self.small:
                at += 1
                continue
            if word == "-" and reader.word(at + 1) in self.small and group % 10 == 0 and group % 100 >= 20:
                at += 1
                continue
            if (value := self.small.get(word)) is not None and _fits(group, value):
                group += value
            elif (scale := self.scales.get(word)) and group and word != "k":
                total, group = (total, group * scale) if scale <= 100 else (total + group * scale, Fraction(0))
            else:
                break
            at += 1
        if at == start:
            return []
        return [(at, total + group), *self._and_a_half(reader, at, total + group, reader.word(at - 1))]

    def _parts(self, reader: Reader, at: int) -> Ends:
        """half, a quarter, three quarters, two thirds, half a."""
        if part := self.fractions.get(reader.word(at)):
            if part == Fraction(1, 2):
                return [(at + 1, part), *([(at + 2, part)] if reader.word(at + 1) in ("a", "an") else [])]
            return []
        count = Fraction(1) if reader.word(at) in ("a", "an") else self.small.get(reader.word(at), digits(reader, at))
        after = at + 2 if reader.word(at + 1) == "-" else at + 1
        if count and (part := self.fractions.get(reader.word(after))):
            return [(after + 1, count * part)]
        return []


def _fits(group: Fraction, value: Fraction) -> bool:
    """Whether a small number may follow: twenty | five, not five | twenty."""
    last = group % 100
    return last == 0 or (value < 10 and value > 0 and last >= 20 and last % 10 == 0)


def _chinese(reader: Reader, at: int) -> Iterator[tuple[int, Fraction]]:
    number = digits(reader, at)
    if number is not None:
        yield at + 1, number
        scale = {**_SMALL, **_LARGE}.get(reader.word(at + 1)) if reader.word(at + 1) != "十" else None
        if scale:
            yield at + 2, number * scale
            tail = digits(reader, at + 2)  # 2万5
            if tail is not None and 0 < tail < 10 and tail.denominator == 1:
                yield at + 3, number * scale + tail * scale / 10
        if reader.word(at + 1) == "/" and reader.word(at) != "0" and (over := digits(reader, at + 2)):
            yield at + 3, number / over
        return
    if reader.word(at) + reader.word(at + 1) == "一半":
        yield at + 2, Fraction(1, 2)
    if reader.word(at) == "半":
        yield at + 1, Fraction(1, 2)
    if reader.word(at) == "百" and reader.word(at + 1) == "分":
        return
    end = at
    while end - at < _MAX_SIGNS and (
        reader.word(end) in _DIGITS or reader.word(end) in _SMALL or reader.word(end) in _LARGE
    ):
        end += 1
        if (value := chinese_number("".join(reader.word(place) for place in range(at, end)))) is not None:
            yield end, Fraction(value)
            yield from _after_point(reader, end, value)
            yield from _part_of(reader, end, value)


def _after_point(reader: Reader, at: int, value: int) -> Iterator[tuple[int, Fraction]]:
    """三点五"""
    end = at + 1
    if reader.word(at) == "点":
        while reader.word(end) in _DIGITS and reader.word(end) != "俩":
            end += 1
            decimals = "".join(str(_DIGITS[reader.word(place)]) for place in range(at + 1, end))
            yield end, Fraction(f"{value}.{decimals}")


def _part_of(reader: Reader, at: int, under: int) -> Iterator[tuple[int, Fraction]]:
    """四分之三"""
    if reader.word(at) == "分" and reader.word(at + 1) == "之" and under:
        for end, over in _chinese(reader, at + 2):
            yield end, over / under


def chinese_number(signs: str) -> int | None:
    """二十 is 20, 一百二 is 120, 两千零五 is 2005, 一二三 is 123; `None` for 二三十."""
    if not any(sign in _SMALL or sign in _LARGE for sign in signs):
        return int("".join(str(_DIGITS[sign]) for sign in signs)) if len(signs) in (1, 4) else None
    for sign, scale in (("亿", _LARGE["亿"]), ("万", _LARGE["万"])):
        if sign in signs:
            before, _, after = signs.partition(sign)
            high, low = _below_ten_thousand(before), _tail(after, scale)
            return high * scale + low if high and low is not None else None
    return _below_ten_thousand(signs)


def _tail(signs: str, scale: int) -> int | None:
    if not signs:
        return 0
    if len(signs) == 1 and signs in _DIGITS:
        return _DIGITS[signs] * scale // 10
    return chinese_number(signs.lstrip("零")) if scale > 10_000 else _below_ten_thousand(signs.lstrip("零"))


def _below_ten_thousand(signs: str) -> int | None:
    total, digit, last = 0, None, 10_000
    for place, sign in enumerate(signs):
        if sign in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[sign]
        else:
            scale = _SMALL.get(sign)
            if (
                scale is None
                or scale >= last
                or (digit in (None, 0) and (scale != 10 or (place and signs[place - 1] != "零")))
            ):
                return None
            total, last, digit = total + (digit or 1) * scale, scale, None
    if digit:
        after_zero = len(signs) > 1 and signs[-2] == "零"
        total += digit if last == 10 or after_zero or last == 10_000 else digit * last // 10
    return total or None
