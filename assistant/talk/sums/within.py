"""Whether a sum stays within a limit: "is 48 minus 25 % still under 40?", 打完折超不超500？"""

from fractions import Fraction

from assistant.talk.sums import show
from assistant.talk.sums.case import in_unit
from assistant.talk.sums.frames import Frames
from assistant.talk.sums.sketch import Mention, Sketch
from assistant.talk.sums.values import Quantity, Solution
from assistant.talk.sums.words import Words, worth

_OVER = "over"


def without_limit(sketch: Sketch, table: Frames) -> tuple[Sketch, Mention, str] | None:
    """The sketch without its question about a limit, the limit, and "within" or "over"."""
    for name in ("within", _OVER):
        for cue in table.within[name]:
            match = table.pattern(cue).search(sketch.text)
            if match is None:
                continue
            place = sum(char.isupper() for char in sketch.text[: match.start("limit")])
            rest = sketch.mentions[:place] + sketch.mentions[place + 1 :]
            text = f"{sketch.text[: match.start()]}{sketch.text[match.end() :]}"
            if len(rest) == sum(char.isupper() for char in text):
                return Sketch(text, rest), sketch.mentions[place], name
    return None


def compared(solution: Solution, limit: Quantity, asks: str, words: Words) -> Solution | None:
    """Yes or no, with the figure and by how much. `None` if the two cannot be compared."""
    value = solution.value
    if isinstance(value, Quantity) and value.unit != limit.unit and _alike(value, limit):
        limit = Quantity(in_unit(limit, value.unit), value.unit)
    if not isinstance(value, Quantity) or (value.unit and limit.unit and value.unit != limit.unit):
        return None
    unit = value.unit or limit.unit
    gap = limit.amount - value.amount
    yes = gap >= 0 if asks != _OVER else gap < 0
    name = "equal" if gap == 0 else "under" if gap > 0 else "above"
    text = words.answers[f"limit_{name}"].format(
        limit=_money(limit.amount, unit, words), gap=_money(abs(gap), unit, words)
    )
    said = words.answers["yes" if yes else "no"].format(sum=solution.text.strip(), limit=text)
    return Solution(" ".join(said.split()), Quantity(value.amount, unit))


def _alike(one: Quantity, other: Quantity) -> bool:
    """Whether both are of one kind, such as lengths."""
    kinds = [worth().get(each.unit, ("", 0))[0] for each in (one, other)]
    return kinds[0] == kinds[1] != ""


def _money(amount: Fraction, unit: str, words: Words) -> str:
    quantity = Quantity(amount, unit)
    return show.money(quantity, words) if unit in ("", *show.MONEY) else show.shown(quantity, words)
