"""Terminals of the grammar that read amounts: numbers, money, quantities with a unit, percentages."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from assistant.talk.sums.grammar import Reader
from assistant.talk.sums.numbering import Numbers, whole
from assistant.talk.sums.values import Quantity
from assistant.talk.sums.words import Phrase, Words, worth

Amounts = list[tuple[int, Quantity]]
_LONGEST_PHRASE = 5
_COUNTS = ("个", "位", "名", "口")
_SMALL_MONEY = {"cent": Fraction(1, 100), "jiao": Fraction(1, 10)}
_NO_UNIT = {("平", "分"), ("平", "均"), ("平", "摊"), ("分", "之"), ("天", "天"), ("里", "面"), ("方", "面")}
"""A unit's sign and the one after it that makes another word of both."""
_MONEY_AFTER = frozenset("块元毛角欧刀")
"""Names of money that stand after the number only."""
_DIGITS, _SCALES = "零一二三四五六七八九", ("十", "百", "千", "万")
_CLASSES = frozenset("个瓶包盒袋支本张件只条罐颗枚片双晚份杯串箱间台部把根副套斤公两克升")
_SMALLER = {
    ("h", "min"), ("min", "s"), ("day", "h"), ("week", "day"), ("year", "month"), ("kg", "g"), ("lb", "oz"), ("st", "lb"),
    ("ft", "in"), ("m", "cm"), ("jin", "liang"), ("km", "m"), ("l", "ml"), ("h", "s"),
}  # fmt: skip


def phrases(reader: Reader, at: int, table: Mapping[Phrase, object]) -> list[tuple[int, Phrase]]:
    """The phrases of a table that stand there, the longest first."""
    row = tuple(reader.word(place) for place in range(at, min(at + _LONGEST_PHRASE, len(reader.tokens))))
    return [(at + n, row[:n]) for n in range(len(row), 0, -1) if row[:n] in table]


class AmountReader:
    """Reads amounts in one language; `known` is what is known of the person, by name."""

    def __init__(self, words: Words, known: Sequence[Quantity]) -> None:
        self.words = words
        self.numbers = Numbers(words.language, dict(words.numbers), dict(words.scales), dict(words.fractions))
        self.known = {
            tuple(one.of.lower()) if words.language == "zh" else tuple(one.of.lower().split()): one for one in known
        }

    def number(self, reader: Reader, at: int) -> Amounts:
        return [(end, Quantity(value)) for end, value in self.numbers.read(reader, at)]

    def count(self, reader: Reader, at: int) -> Amounts:
        """A whole number, at least 1."""
        return [(end, one) for end, one in self.number(reader, at) if one.amount.denominator == 1 and one.amount >= 1]

    def percent(self, reader: Reader, at: int) -> Amounts:
        found: Amounts = []
        for end, one in self.number(reader, at):
            if reader.word(end) in ("%", "percent") or (reader.word(end) == "个" and reader.word(end + 1) == "点"):
                found.append((end + (2 if reader.word(end) == "个" else 1), one))
            elif reader.word(end) == "per" and reader.word(end + 1) == "cent":
                found.append((end + 2, one))
        if [reader.word(at + n) for n in range(4)] == ["百", "分", "之", reader.word(at + 3)]:
            found += self.number(reader, at + 3)
        return found

    def discount(self, reader: Reader, at: int) -> Amounts:
        """打八五折: what is paid, in percent."""
        if reader.word(at) != "打":
            return []
        found: Amounts = []
        for end, value in [*self.numbers.read(reader, at + 1), *self._two_signs(reader, at + 1)]:
            if reader.word(end) == "折" and value > 0:
                paid = value * 10 if value < 10 else value
                found += [(end + 1, Quantity(paid))] if paid < 100 else []
        return found

    def _two_signs(self, reader: Reader, at: int) -> list[tuple[int, Fraction]]:
        signs = reader.word(at) + reader.word(at + 1)
        if len(signs) == 2 and all(sign in "一二三四五六七八九" for sign in signs):
            return [(at + 2, Fraction("".join(str("零一二三四五六七八九".index(sign)) for sign in signs)))]
        return []

    def money(self, reader: Reader, at: int) -> Amounts:
        """An amount of money; the currency may be left out, and comes out as ""."""
        return [*self.number(reader, at), *self.priced(reader, at)]

    def priced(self, reader: Reader, at: int) -> Amounts:
        """An amount of money with its currency, and what is known of the person under a name."""
        found: Amounts = list(self._named(reader, at))
        for end, name in phrases(reader, at, self.words.money):
            if name[0] in _MONEY_AFTER:
                continue
            found += [(after, Quantity(one.amount, self.words.money[name])) for after, one in self.number(reader, end)]
        for end, one in self.number(reader, at):
            for after, name in phrases(reader, end, self.words.money):
                unit = self.words.money[name]
                value = one.amount * _SMALL_MONEY.get(unit, Fraction(1))
                main = unit if unit not in _SMALL_MONEY else ("CNY" if unit == "jiao" else "")
                found.append((after, Quantity(value, main)))
                if name in (("块",), ("¥",)) or unit == "EUR":
                    found += self._change(reader, after, Quantity(value, main))
        return found

    def _change(self, reader: Reader, at: int, money: Quantity) -> Amounts:
        """12块5, 3块2毛5, 5 euros 40."""
        found: Amounts = []
        for end, tail in self.numbers.read(reader, at):
            if (
                tail.denominator != 1
                or not 0 < tail < 100
                or (self.words.language == "zh" and tail >= 10 and end - at > 1)
            ):
                continue
            if reader.tokens[at].number is None and end - at == 1 and reader.word(end) in _CLASSES:
                continue  # 28块一盒 is no 28.1
            if self.words.language == "zh" and tail < 10:
                jiao = money.amount + tail / 10
                found.append((end, Quantity(jiao, money.unit)))
                if reader.word(end) in ("毛", "角"):
                    found.append((end + 1, Quantity(jiao, money.unit)))
            elif tail >= 10:
                found.append((end, Quantity(money.amount + tail / 100, money.unit)))
        return found

    def _named(self, reader: Reader, at: int) -> Amounts:
        row = [token.text for token in reader.tokens[at : at + 8]]
        for my in (("my",), ("我", "的"), ("我",)):
            for name, quantity in self.known.items():
                if tuple(row[: len(my)]) == my and tuple(row[len(my) : len(my) + len(name)]) == name:
                    return [(at + len(my) + len(name), quantity)]
        return []

    def unit(self, reader: Reader, at: int) -> list[tuple[int, str]]:
        """A unit's id, for each unit that may be meant."""
        found = [
            (end, name)
            for end, name in phrases(reader, at, self.words.units)
            if (name[-1], reader.word(end)) not in _NO_UNIT
        ]
        return [(end, unit) for end, name in found for unit in self.words.units[name]]

    def quantity(self, reader: Reader, at: int) -> Amounts:
        """A number with a unit, or several that go down: 1 hour 25 minutes, 5 ft 11 in, 一个半小时, 两斤半."""
        found: Amounts = []
        for end, one in self._counted(reader, at):
            for after, unit in self.unit(reader, end):
                found.append((after, Quantity(one.amount, unit)))
                found += self._more(reader, after, one.amount, unit)
        return found

    def _counted(self, reader: Reader, at: int) -> Amounts:
        counted = self.number(reader, at)
        if self.words.language == "en":
            if reader.word(at) in ("a", "an", "one"):
                counted = [*counted, (at + 1, Quantity(Fraction(1)))]
            minus = self.number(reader, at + 1) if reader.word(at) == "-" else []
            return [*counted, *((end, Quantity(-one.amount)) for end, one in minus)]
        zero = reader.word(at) + reader.word(at + 1) == "零下"
        below = self.number(reader, at + 2 if zero else at + 1) if zero or reader.word(at) == "-" else []
        counted = [*counted, *((end, Quantity(-one.amount)) for end, one in below)]
        for end, one in list(counted):
            if reader.word(end) in _COUNTS:
                half = reader.word(end + 1) == "半"
                counted.append((end + 1 + half, Quantity(one.amount + Fraction(int(half), 2))))
        return counted

    def _more(self, reader: Reader, at: int, amount: Fraction, unit: str) -> Amounts:
        if reader.word(at) == "半" and amount.denominator == 1:  # 两斤半
            return [(at + 1, Quantity(amount + Fraction(1, 2), unit))]
        if reader.word(at) == "and" and reader.word(at + 1) == "a":
            part = self.words.fractions.get(reader.word(at + 2))
            return [(at + 3, Quantity(amount + part, unit))] if part else self._more_of(reader, at + 1, amount, unit)
        return self._more_of(reader, at + 1 if reader.word(at) in ("and", "零") else at, amount, unit)

    def _more_of(self, reader: Reader, at: int, amount: Fraction, unit: str) -> Amounts:
        found: Amounts = []
        for end, one in self._counted(reader, at):
            for after, smaller in self.unit(reader, end):
                smaller = "min" if (unit, smaller) == ("h", "m") else smaller
                if (unit, smaller) in _SMALLER:
                    total = amount + one.amount * worth()[smaller][1] / worth()[unit][1]
                    found.append((after, Quantity(total, unit)))
                    found += self._more(reader, after, total, unit) if (unit, smaller) == ("h", "min") else []
        units = {one for _, one in self.unit(reader, at + 1)}
        minutes = whole(reader, at) if units <= {"in"} else None
        if minutes is not None and minutes < 60 and (unit == "h" or (unit == "m" and minutes >= 10)):  # 1h25, 1米75
            found.append((at + 1, Quantity(amount + Fraction(minutes, 60 if unit == "h" else 100), unit)))
        if self.words.language == "zh" and unit == "m" and (spoken := self._centimetres(reader, at)):  # 一米七五
            found.append((spoken[0], Quantity(amount + spoken[1], unit)))
        if minutes is not None and minutes < 12 and unit == "ft":
            found.append((at + 1, Quantity(amount + Fraction(minutes, 12), unit)))
        if minutes is not None and 0 < minutes < 10 and unit == "m" and self.words.language == "zh":  # 1米8
            found.append((at + 1, Quantity(amount + Fraction(minutes, 10), unit)))
        return found

    def _centimetres(self, reader: Reader, at: int) -> tuple[int, Fraction] | None:
        signs = [_DIGITS.find(reader.word(at + n)) if reader.word(at + n) else -1 for n in range(2)]
        if signs[0] < 0 or reader.word(at + 1) in _SCALES:
            return None
        return (at + 2, Fraction(signs[0] * 10 + signs[1], 100)) if signs[1] >= 0 else (at + 1, Fraction(signs[0], 10))

    def duration(self, reader: Reader, at: int) -> Amounts:
        """A quantity of time; written 52:30 it is minutes and seconds, 1:23:45 hours."""
        found = [(end, one) for end, one in self.quantity(reader, at) if worth()[one.unit][0] == "time"]
        parts = [whole(reader, place) for place in (at, at + 2, at + 4)]
        if reader.word(at + 1) == ":" and parts[0] is not None and parts[1] is not None and parts[1] < 60:
            if reader.word(at + 3) == ":" and parts[2] is not None and parts[2] < 60:
                return [(at + 5, Quantity(Fraction(parts[0] * 3600 + parts[1] * 60 + parts[2], 60), "min"))]
            seconds = parts[0] * 60 + parts[1] if parts[0] >= 10 else 0
            return [(at + 3, Quantity(Fraction(seconds, 60), "min"))] if seconds else []
        return found

    def rate(self, reader: Reader, at: int) -> Amounts:
        """A pace as it is written, per kilometre: 5:30."""
        minutes, seconds = whole(reader, at), whole(reader, at + 2)
        if reader.word(at + 1) in (":", "'") and minutes is not None and seconds is not None and seconds < 60:
            return [(at + 3, Quantity(Fraction(minutes * 60 + seconds, 60), "min"))]
        return [(end, one) for end, one in self.quantity(reader, at) if one.unit in ("min", "s")]

    def of_kind(self, kind: str) -> Callable[[Reader, int], Amounts]:
        """A terminal for quantities of one kind: "length"."""
        return lambda reader, at: [(end, one) for end, one in self.quantity(reader, at) if worth()[one.unit][0] == kind]

    def distance(self, reader: Reader, at: int) -> Amounts:
        """A length; "5k" is one, and so is "a marathon"."""
        found = self.of_kind("length")(reader, at)
        bare = [(end, unit) for end, unit in self.unit(reader, at) if unit in ("marathon", "half_marathon")]
        found += [(end, Quantity(Fraction(1), unit)) for end, unit in bare]
        if reader.word(at + 1) == "k" and (first := self.number(reader, at)):
            found.append(
                (
                    at + 2,
                    Quantity(first[0][1].amount / 1000, "km")
                    if first[0][0] == at + 2
                    else Quantity(first[0][1].amount, "km"),
                )
            )
        return found

    def amount(self, reader: Reader, at: int) -> Amounts:
        """A plain number, money or a quantity."""
        return [*self.money(reader, at), *self.quantity(reader, at)]

    def numbers_in_row(self, reader: Reader, at: int) -> list[tuple[int, tuple[Quantity, ...]]]:
        """Two or more amounts with commas or "and" between them."""
        rows: list[tuple[int, tuple[Quantity, ...]]] = [(end, (one,)) for end, one in reader.read("amount", at)]  # type: ignore[misc]
        done: list[tuple[int, tuple[Quantity, ...]]] = []
        while rows and len(done) < 200:
            following = []
            for end, row in rows:
                for after in _after_comma(reader, end):
                    following += [
                        (last, (*row, one)) for last, one in reader.read("amount", after) if isinstance(one, Quantity)
                    ]
            done += following
            rows = following if len(following) < 60 else []
        return done


def _after_comma(reader: Reader, at: int) -> list[int]:
    if reader.word(at) == "," and reader.word(at + 1) == "and":
        return [at + 2]
    return [at + 1] if reader.word(at) in (",", "and", "&", "+", "plus", "和", "跟", "还") else []
