"""Frames: what amounts a kind of sum has, and by which words it is known. They are data (`frames.toml` of each language).

A frame fits a sketch if each amount of the message takes one of its roles, in one way only, and a cue is found. What is left of
the message may be any words, so each frame names the words that ask for it, and those that it must not have.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from assistant.talk.sums.sketch import Mention, Sketch
from assistant.talk.sums.values import Language
from assistant.talk.sums.words import words
from memory.errors import ConfigError

FOLDER = Path(__file__).parent
ROLES = {
    "money": "MN", "number": "N", "count": "NU", "people": "UN", "percent": "P", "discount": "X", "length": "L", "mass": "W",
    "volume": "V", "area": "A", "hours": "H", "days": "G", "time": "HG", "speed": "S", "temperature": "C", "day": "D",
    "year": "YN", "clock": "T", "goods": "NWVLAU", "quantity": "LWVAHGSCO", "lasts": "HT", "any": "NMULWVAHGSCO", "free": "NM",
}  # fmt: skip
"""The letters that may take a role, the likeliest first."""
_NOTE_PATTERNS = ("misses", "points_back", "others", "newest", "wished", "gone", "limits")
_MAX_AMOUNTS = 8
_MACRO = re.compile(r"<(\w+)>")
_GROUP = re.compile(r"<(\w+):\[?([A-Z]+|[^<>\]]+)\]?>")


@dataclass(frozen=True)
class Frame:
    """One kind of sum. `roles` are (name, letters, many); `gives` are slots that it has by itself."""

    name: str
    rule: str
    roles: Sequence[tuple[str, str, bool]]
    cues: Sequence[str]
    ask: str
    never: str
    needs: str = ""
    gives: Mapping[str, str] = field(default_factory=dict)
    formula: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    result: str = ""
    answer: str = "expression"
    hears: Sequence[str] = ()
    ignores: Sequence[str] = ()

    def may_fit(self, letters: str) -> bool:
        """Whether there are as many amounts as roles, and each may take one."""
        many = any(role[2] for role in self.roles)
        if len(letters) < (max(2, len(self.roles)) if many else len(self.roles)) or (
            len(letters) > len(self.roles) and not many
        ):
            return False
        return all(any(letter in role[1] for role in self.roles) for letter in letters)


@dataclass(frozen=True)
class Fit:
    """A frame and the amounts that take its roles; `words` are what its cue caught of the words."""

    frame: Frame
    slots: Mapping[str, Sequence[Mention]]
    words: Mapping[str, str]


@dataclass(frozen=True)
class Missing:
    """A kind of question that may lack amounts, the sorts of amounts that a note may give, and the frames to put them together.
    `pairs` says that they may be of two notes."""

    cue: str
    letters: str
    frames: frozenset[str]
    pairs: bool
    ahead: bool
    """Whether a day must be to come."""
    mine: bool
    """Whether it is about the user alone."""
    done: bool
    """Whether it is about what was done, not what is wished for."""


@dataclass(frozen=True)
class Frames:
    """All frames of a language, and the patterns beside them."""

    language: Language
    frames: Sequence[Frame]
    asks: Mapping[str, str]
    macros: Mapping[str, str]
    folds: Sequence[tuple[re.Pattern[str], str]]
    sorts: Sequence[tuple[str, re.Pattern[str]]]
    """What a number is by the words beside it: a letter, and a pattern with the number as its group n."""
    never: re.Pattern[str]
    yes_or_no: re.Pattern[str]
    """What asks for a yes or a no, and for no figure."""
    within: Mapping[str, Sequence[str]]
    steps: Mapping[str, str]
    turns: Sequence[tuple[re.Pattern[str], str]]

    missing: Sequence[Missing]
    misses: re.Pattern[str]
    """What every message has that may lack an amount."""
    points_back: re.Pattern[str]
    others: re.Pattern[str]
    """People who are not the user."""
    wished: re.Pattern[str]
    newest: re.Pattern[str]
    """What asks for the last of several."""
    gone: re.Pattern[str]
    """What a clause has that tells what no longer is."""
    limits: re.Pattern[str]
    """What a note has that sets a limit."""
    noted_limit: Mapping[str, str]
    empty: frozenset[str]
    """Words of questions that say nothing of what they are about."""

    def pattern(self, source: str) -> re.Pattern[str]:
        """A cue as a pattern: `~` is any words, `<x:MN>` an amount that takes the role x, `<name>` a macro."""
        return _compiled(source, self.language)

    def fits(self, sketch: Sketch, *, asked: bool = False, own: str = "") -> Iterator[Fit]:
        """Every frame that fits, in each way that it does. `asked` says that the message asks by other words; `own` is the text
        that must not have what a frame must not, if that is not all of it."""
        letters, own = sketch.letters, own or sketch.text
        if not letters or len(letters) > _MAX_AMOUNTS:
            return
        for frame in self.frames:
            if not frame.may_fit(letters) or (frame.never and self.pattern(frame.never).search(own)):
                continue
            if not asked and not all(
                self.asks_for(ask, sketch) for ask in {"any", frame.ask} - {"none"} if frame.ask != "none"
            ):
                continue
            if not frame.needs or self.pattern(frame.needs).search(sketch.text):
                yield from self._in(frame, sketch)

    def asks_for(self, what: str, sketch: Sketch) -> bool:
        return self.pattern(self.asks[what]).search(sketch.text) is not None

    def _in(self, frame: Frame, sketch: Sketch) -> Iterator[Fit]:
        for cue in frame.cues:
            for match in self.pattern(cue).finditer(sketch.text):
                places = [at for at, sign in enumerate(sketch.text) if sign.isupper()]
                named = {name: match.start(name) for name, text in match.groupdict().items() if text is not None}
                caught = {name: places.index(at) for name, at in named.items() if at in places}
                words = {name: match[name].strip() for name in named if name not in caught}
                slots = _assigned(frame, caught, sketch.mentions)
                if slots is not None:
                    yield Fit(frame, slots, words)


def _assigned(
    frame: Frame, caught: Mapping[str, int], mentions: Sequence[Mention]
) -> Mapping[str, Sequence[Mention]] | None:
    """The amounts by role: those that the cue caught, the others by their letters. `None` if there is no way or two."""
    roles = {name: letters for name, letters, _ in frame.roles}
    if any(name not in roles or mentions[at].letter not in roles[name] for name, at in caught.items()):
        return None
    free = [at for at in range(len(mentions)) if at not in caught.values()]
    left = [role for role in frame.roles if role[0] not in caught]
    many = next((role for role in left if role[2]), None)
    single = [role for role in left if not role[2]]
    ways: dict[tuple[int, ...], int] = {}
    for way in product(*([at for at in free if mentions[at].letter in letters] for _, letters, _ in single)):
        rest = [at for at in free if at not in way]
        if len(set(way)) == len(way) and (all(mentions[at].letter in many[1] for at in rest) if many else not rest):
            ways[way] = sum(letters.index(mentions[at].letter) for at, (_, letters, _) in zip(way, single, strict=True))
    best = [way for way, cost in ways.items() if cost == min(ways.values())]
    if len(best) != 1:
        return None
    slots: dict[str, Sequence[Mention]] = {name: [mentions[at]] for name, at in caught.items()}
    slots |= {role[0]: [mentions[at]] for role, at in zip(single, best[0], strict=True)}
    if many:
        slots[many[0]] = [mentions[at] for at in free if at not in best[0]]
    return slots


@cache
def frames(language: Language) -> Frames:
    """The frames of a language."""
    data: dict[str, Any] = {}
    for path in sorted((FOLDER / language).glob("frames*.toml")):
        one = tomllib.loads(path.read_text(encoding="utf-8"))
        data.setdefault("frame", []).extend(one.pop("frame", ()))
        data |= one
    data["macros"]["unitname"] = _unit_names(language)
    return Frames(
        language,
        frames=[_frame(one) for one in data["frame"]],
        asks=data["asks"],
        macros=data["macros"],
        folds=[(re.compile(pattern), put) for pattern, put in data["folds"]],
        sorts=[(letter, re.compile(_with_groups(one, data["macros"]))) for letter, one in data["sorts"]],
        never=re.compile(_expanded(data["never"], data["macros"])),
        yes_or_no=re.compile(data["yes_or_no"]),
        within=data["within"],
        steps=data["steps"],
        missing=[_missing(one) for one in data["missing"]],
        **{name: re.compile(_expanded(data["notes"][name], data["macros"])) for name in _NOTE_PATTERNS},
        noted_limit=data["noted_limit"],
        empty=frozenset(data["notes"]["empty"]),
        turns=[(re.compile(pattern), written) for pattern, written in data["turns"]],
    )


def _missing(data: Mapping[str, Any]) -> Missing:
    flags = (data.get(name, False) for name in ("pairs", "ahead", "mine", "done"))
    return Missing(data["cue"], data["letters"], frozenset(data["frames"]), *flags)


def _unit_names(language: Language) -> str:
    """The names of units, the longest first."""
    blank = " " if language == "en" else ""
    names = {blank.join(name) for name in words(language).units if len(name[0]) > 1 or language == "zh"}
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _frame(data: Mapping[str, Any]) -> Frame:
    roles = [(name, ROLES[sort.rstrip("*")], sort.endswith("*")) for name, sort in data["roles"].items()]
    return Frame(
        data["name"], data.get("rule", data["name"] if "formula" not in data else ""), roles, data["cues"],
        data.get("ask", "any"), data.get("never", ""), data.get("needs", ""),
        data.get("gives", {}), data.get("formula", ""), data.get("units", {}),
        data.get("result", ""), data.get("answer", "expression"), data.get("hears", ()), data.get("ignores", ()),
    )  # fmt: skip


def _expanded(source: str, macros: Mapping[str, str]) -> str:
    for _ in range(4):
        source = _MACRO.sub(lambda match: f"(?:{_macro(match[1], macros)})", source)
    return source


def _macro(name: str, macros: Mapping[str, str]) -> str:
    if name not in macros:
        raise ConfigError(f"There is no macro <{name}>. Add it to [macros].")
    return macros[name]


def _with_groups(source: str, macros: Mapping[str, str]) -> str:
    """The pattern with its named groups and macros written out."""

    def group(match: re.Match[str]) -> str:
        name, what = match.groups()
        return f"(?P\0{name}\0{f'[{what}]' if what.isupper() else macros.get(what, what)})"

    return re.sub("\0(\\w+)\0", r"<\1>", _expanded(_GROUP.sub(group, source), macros))


@cache
def _compiled(source: str, language: Language) -> re.Pattern[str]:
    text = _with_groups(source, frames(language).macros).replace("~?", "~").replace("~", "[^A-Z]*?")
    if language == "en":
        text = f"(?<![a-z])(?:{text})(?![a-z])"
    return re.compile(text)
