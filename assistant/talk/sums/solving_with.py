"""Sums of which a part is missing: it is taken from the user's notes, and the answer says from which.

    "how many days until then?"                note: "my operation is on 15 December"
    "what do I make a week there before tax?"  note: "the library pays 12.50 an hour, 14 hours a week"
    "36 less 15 %: within what I wanted to spend on her?"  note: "at most 30 for Isla"

A kind of question says which amounts of a note it needs and which frames may put them together (`[[missing]]` of the frames).
A note counts if it shares a word with the question, or, where the question points back ("there", "then"), with what was said
just before. If the notes that share most come to different answers, there is none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from assistant.talk.second_person import second_person
from assistant.talk.sums.framed import solved
from assistant.talk.sums.frames import Frames, Missing, frames
from assistant.talk.sums.noted import Clause, Note, clauses
from assistant.talk.sums.reading import RULES, agree, read_solutions, sketch_of
from assistant.talk.sums.show import day as shown_day
from assistant.talk.sums.sketch import Mention, Sketch
from assistant.talk.sums.values import Day, Language, Quantity, Solution
from assistant.talk.sums.within import compared
from assistant.talk.sums.words import Words, words
from memory.language import stemming

MAX_CHARS = 260
_RESULT = re.compile(r"(?:=|≈|\bis|\bare|是|\bmakes) (?:about |约)?([^=≈]+?)[.。]\s*$")


@dataclass(frozen=True, slots=True)
class Noted:
    """A sum with numbers from notes. `text` names the notes; `used` are their ids."""

    text: str
    solution: Solution
    used: tuple[str, ...]


@dataclass(frozen=True)
class _Question:
    """What is asked, and by which words its notes are known."""

    sketch: Sketch
    own: frozenset[str]
    before: frozenset[str]
    points_back: bool
    now: datetime
    last: str
    """The reply before."""

    def shares(self, text: str) -> int:
        """How much a text has to do with the question; its own words count more than those said before."""
        there = frozenset(stemming.words(text))
        own = 3 * len(self.own & there)
        if self.own and not own:
            return 0
        return own + len(self.before & there) if self.points_back or not self.own else own


def may_need_notes(text: str, language: Language) -> bool:
    """Whether a message may be a sum of which a part is missing; cheap."""
    return len(text) <= MAX_CHARS and frames(language).misses.search(text.lower()) is not None


def solve_with(
    text: str,
    language: Language,
    at: datetime,
    notes: Sequence[Note],
    before: Sequence[str] = (),
    *,
    limit_only: bool = False,
) -> Noted | None:
    """The sum that `text` asks for with what is missing from `notes`, the likeliest first; `None` if it is not sure.

    `before` is what was said last, the newest last: the user's messages and the replies. `limit_only` says that nothing but a
    limit to keep to can be missing.
    """
    if not may_need_notes(text, language):
        return None
    table, lexicon = frames(language), words(language)
    sketch = sketch_of(text, lexicon, at)
    asked = _Question(
        sketch,
        own=_own(text, notes, table),
        before=frozenset().union(*(_telling(one, table) for one in before[-4:])) if before else frozenset(),
        points_back=table.points_back.search(sketch.text) is not None,
        now=at,
        last=before[-1] if before else "",
    )
    parts = [clause for note in notes for clause in clauses(note)]
    if limited := _within(asked, parts, table, lexicon):
        return limited
    if limit_only or table.never.search(sketch.text):
        return None
    for kind in table.missing:
        asks = table.pattern(kind.cue).search(sketch.text)
        if asks and (found := _by_kind(asked, parts, kind, table, lexicon)):
            return found
    return None


def _telling(text: str, table: Frames) -> frozenset[str]:
    """The words of a text that say what it is about."""
    return frozenset(word for word in stemming.words(text) if not word.isdigit() and word not in table.empty)


def _own(text: str, notes: Sequence[Note], table: Frames) -> frozenset[str]:
    """Its words by which a note is known. One that points back ("until then") has other words too that no note has."""
    own = _telling(text, table)
    if table.language == "zh" or not table.points_back.search(text.lower()):
        return own
    known = frozenset().union(*(stemming.words(note.text) for note in notes)) if notes else frozenset()
    names = {word.lower() for word in re.findall(r"(?<=[a-z,] )[A-Z][a-z]+", text)}
    return frozenset(word for word in own if word in known or word in names)


def _by_kind(asked: _Question, parts: Sequence[Clause], kind: Missing, table: Frames, lexicon: Words) -> Noted | None:
    found: list[tuple[int, Solution, tuple[Clause, ...]]] = []
    for clause in parts:
        if shares := _counts(asked, clause, table, kind):
            found += [(shares, one, (clause,)) for one in _together(asked, (clause,), kind, table, lexicon)]
    if not found and kind.pairs:
        near = [one for one in parts if _counts(asked, one, table, kind) and len(one.sketch.mentions) == 1]
        for at, first in enumerate(near):
            for second in near[at + 1 :]:
                if first.note.id != second.note.id:
                    row = sorted((first, second), key=_first_day)
                    shares = min(_counts(asked, one, table, kind) for one in row)
                    found += [(shares, one, tuple(row)) for one in _together(asked, row, kind, table, lexicon)]
    best = [one for one in found if one[0] == max(each[0] for each in found)]
    if table.newest.search(asked.sketch.text):
        latest = max((clause.note.at for _, _, row in found for clause in row), default=asked.now)
        best = [one for one in found if all(clause.note.at == latest for clause in one[2])]
    if not best or not agree([solution for _, solution, _ in best]):
        return None
    _, solution, used = min(best, key=lambda one: sum(len(clause.said) for clause in one[2]))
    return _told(solution, used, lexicon)


def _counts(asked: _Question, clause: Clause, table: Frames, kind: Missing) -> int:
    """How much a clause has to do with the question; 0 if it tells what no longer is, or of others where it is about the user."""
    if kind.mine and set(table.others.findall(clause.said.lower())) - set(table.others.findall(asked.sketch.text)):
        return 0
    if kind.done and table.wished.search(clause.said.lower()):
        return 0
    if kind.ahead and any(_is_over(one, asked) for one in clause.sketch.mentions):
        return 0
    if table.gone.search(clause.said.lower()) and not table.gone.search(asked.sketch.text):
        return 0
    shares = asked.shares(clause.said)
    return shares + 1 if shares else int(asked.shares(clause.note.text) > 0)


def _is_over(mention: Mention, asked: _Question) -> bool:
    day = mention.value
    return isinstance(day, Day) and day.has_year and day.day is not None and day.day < asked.now.date()


def _first_day(clause: Clause) -> str:
    return str(getattr(clause.sketch.mentions[0].value, "day", ""))


def _together(asked: _Question, row: Sequence[Clause], kind: Missing, table: Frames, lexicon: Words) -> list[Solution]:
    """What the clauses and the question come to, by a frame of the kind."""
    letters = "".join(letter for letter in kind.letters if letter not in asked.sketch.letters)
    sketch = _joined([*(_only(clause.sketch, letters) for clause in row), asked.sketch])
    if len(sketch.mentions) == len(asked.sketch.mentions):
        return []
    found: list[Solution] = []
    for fit in table.fits(sketch, asked=True, own=asked.sketch.text):
        if fit.frame.name in kind.frames and (one := solved(fit, lexicon, asked.now, RULES)):
            found.append(one)
    return found


def _only(sketch: Sketch, letters: str) -> Sketch:
    """The sketch with the amounts of these sorts; the others are words."""
    kept = tuple(one for one in sketch.mentions if one.letter in letters)
    return Sketch("".join("#" if sign.isupper() and sign not in letters else sign for sign in sketch.text), kept)


def _joined(row: Sequence[Sketch]) -> Sketch:
    return Sketch(" , ".join(one.text for one in row), tuple(mention for one in row for mention in one.mentions))


def _within(asked: _Question, parts: Sequence[Clause], table: Frames, lexicon: Words) -> Noted | None:
    """Whether a sum stays within what a note allows."""
    for name in ("within", "over"):
        match = table.pattern(table.noted_limit[name]).search(asked.sketch.text)
        if match is None or any(sign.isupper() for sign in match[0]):
            continue
        rest = replace(asked.sketch, text=asked.sketch.text[: match.start()] + asked.sketch.text[match.end() :])
        if table.never.search(rest.text):
            return None
        value = _value(asked, rest, table, lexicon)
        limits = _limits(asked, parts, table)
        if value is None or len({mention.value for _, mention in limits}) != 1:
            return None
        clause, mention = limits[0]
        if isinstance(mention.value, Quantity) and (said := compared(value, mention.value, name, lexicon)):
            return _told(said, (clause,), lexicon)
    return None


def _value(asked: _Question, rest: Sketch, table: Frames, lexicon: Words) -> Solution | None:
    """What is to be compared: the sum of the question, its one amount, or that on top of the reply before."""
    only = rest.mentions[0].value if len(rest.mentions) == 1 else None
    if isinstance(only, Quantity) and rest.mentions[0].letter in "MN":
        if table.pattern(table.noted_limit["more"]).search(rest.text) is None:
            return Solution("", only)
        last = _last_result(asked, lexicon)
        if last is None:
            return None
        joined = _joined([Sketch(last.letter, (last,)), Sketch(rest.mentions[0].letter, rest.mentions)])
        plus = replace(joined, text=f"{last.letter} plus {rest.mentions[0].letter}" if lexicon.language == "en" else
                       f"{last.letter}加{rest.mentions[0].letter}")  # fmt: skip
        found = read_solutions(plus, lexicon, asked.now, asked=True)
    else:
        found = read_solutions(rest, lexicon, asked.now, asked=True) if rest.mentions else []
        if not rest.mentions and (last := _last_result(asked, lexicon)) and isinstance(last.value, Quantity):
            return Solution("", last.value)
    return found[0] if agree(found) else None


def _last_result(asked: _Question, lexicon: Words) -> Mention | None:
    """The figure that the reply before ends with."""
    match = _RESULT.search(asked.last)
    if match is None:
        return None
    found = sketch_of(match[1], lexicon, asked.now).mentions
    return found[0] if len(found) == 1 and found[0].letter in "MN" else None


def _limits(asked: _Question, parts: Sequence[Clause], table: Frames) -> list[tuple[Clause, Mention]]:
    """The limits in the notes that share most with the question; any, if it shares nothing and there is one only."""
    found: list[tuple[int, Clause, Mention]] = []
    for clause in parts:
        money = [one for one in clause.sketch.mentions if one.letter in "MN"]
        if len(money) == 1 and table.limits.search(clause.sketch.text):
            found.append((asked.shares(clause.note.text), clause, money[0]))
    best = max((shares for shares, _, _ in found), default=0)
    return [(clause, mention) for shares, clause, mention in found if shares == best]


def _told(solution: Solution, used: Sequence[Clause], lexicon: Words) -> Noted:
    lines = [solution.text.strip()]
    for clause in {one.note.id: one for one in used}.values():
        day = shown_day(clause.note.at.date(), lexicon.language)
        said = second_person(clause.said.rstrip(".。 "), "zh" if lexicon.language == "zh" else "en")
        said = said[0].lower() + said[1:] if said.startswith(("You ", "Your ")) else said
        lines.append(lexicon.answers["told"].format(day=day, said=said))
    text = ("" if lexicon.language == "zh" else " ").join(lines)
    return Noted(text, solution, tuple(dict.fromkeys(one.note.id for one in used)))
