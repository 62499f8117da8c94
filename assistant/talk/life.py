"""What the user told of their life, sentence by sentence: its themes (home, work, family …), whether it is about them or about
somebody else, and whether it still holds.

    "I worked at the mill." / "Quit the mill, I teach now."   ->  work: the second holds, the first is history

A theme that one has one of at a time (home, work, studies, love, how one gets about) begins anew with a sentence that tells of
a change; what was told before is history. Anything else is history once a later sentence that names it says that it ended.
Sentences are told apart by words, so a theme that is told in other words is missed: then the whole message is shown.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from assistant.talk.answer import Asked
from assistant.talk.quoting import retold
from assistant.talk.statements import ASKING, only_asks
from memory.language import lexicon, stemming
from memory.language.lexicon import each
from memory.language.text import CJK, is_question
from memory.memories import Memories
from memory.types import Fact, Memory

THEMES: Mapping[str, tuple[str, str]] = {
    "self": ("life_self", "asks_self"),
    "home": ("life_home", "asks_home"),
    "work": ("life_work", "asks_work"),
    "study": ("life_study", "asks_study"),
    "love": ("life_love", "asks_love"),
    "family": ("life_family", "asks_family"),
    "pets": ("life_pets", "asks_pets"),
    "health": ("life_health", "asks_health"),
    "food": ("life_food", "asks_food"),
    "hobby": ("life_hobby", "asks_hobby"),
    "travel": ("life_travel", "asks_travel"),
    "reach": ("life_reach", "asks_reach"),
}
"""The patterns that find a theme in a statement and in a question."""
ONE_AT_A_TIME: Mapping[str, str] = {
    "home": "new_home",
    "work": "new_work",
    "study": "new_study",
    "love": "new_love",
    "travel": "new_travel",
    "reach": "new_reach",
}
"""Of which one has one at a time, and what finds a sentence that brings another."""
_OF_KEYS: Mapping[str, Collection[str]] = {
    "home": ("home", "origin"),
    "work": ("job", "employer"),
    "study": ("school", "studies"),
    "love": ("relationship",),
    "family": ("people",),
    "pets": ("pets",),
    "health": ("health", "allergies"),
    "food": ("diet",),
    "hobby": ("interests",),
}
"""The keys of the profile whose facts are of a theme."""
READ = 400
MOST_CHARS = 160
"""Of sentences that are told together, a Chinese character as two."""
_CUT = re.compile(
    r"(?<=,)\s+(?=the old\b)|(?<=，)(?=原来|以前那|旧的)|"
    r"(?<=[。！？；\n])|(?<=[!?;])\s+|(?<!\bDr)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bSt)(?<!\bNo)(?<=\.)\s+"
)
_CLAUSE = re.compile(r"[，；,;]\s*|\s+(?:and|but|because|though|although|since|so)\s+")
_NOT_BUT = re.compile(
    r"\b(?P<new>[\w:.]+),? (?:and )?not (?P<old>[\w:.]+?)\W*$"
    r"|不是(?P<zh_old>[\w:：]{1,10})[，,]?(?:而)?(?:应该)?是(?P<zh_new>[\w:：]{1,10})"
)
_FILLING = frozenset("im ive id dont cant didnt wont isnt also either any anymor lol like much still 现在 以后".split())
_LASTING = frozenset({"self", "health", "family", "pets"})
_QUOTES = re.compile(r"(?:['‘“\"「]).{12,}?(?:['’”\"」])(?!\w)")
_PRONOUN = re.compile(r"\W*(?:she|he|they|her|his|their|hes|shes|theyre|it|its)\b|\W*[她他它]", re.I)
_ZH_NAME = re.compile(r"[小老阿][\u4e00-\u9fff]")
_NAME = re.compile(r"[A-Za-z][\w'’-]{2,}|[\u4e00-\u9fff]{2,4}")


@dataclass(frozen=True)
class Line:
    """A sentence, with those after it that tell of the same. `heard` are the themes that facts from it are of; `mine`: about the
    user, `close`: or about their family; `over`: it tells only that something ended;
    `gone`: the themes of which it no longer holds."""

    memory: Memory
    text: str
    themes: frozenset[str]
    heard: frozenset[str] = frozenset()
    mine: bool = True
    close: bool = True
    over: bool = False
    gone: frozenset[str] = frozenset()

    @property
    def past(self) -> bool:
        return self.over or bool(self.gone and self.themes <= self.gone)

    def holds(self, theme: str) -> bool:
        """Whether what it tells of a theme holds."""
        return theme in self.themes and not self.over and theme not in self.gone

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(stemming.words(self.text))

    @cached_property
    def ending(self) -> frozenset[str]:
        """The words of the clause that tells of an end."""
        parts = (part for part in _CLAUSE.split(self.text) if part and finds("life_ended", part))
        return frozenset(stemming.words(next(parts, self.text))) - _FILLING

    def said(self, asked: Asked, most: int) -> str:
        """In the second person, with what "tomorrow" in it was."""
        text = retold(replace(self.memory, text=self.text), asked.reading.at.tzinfo, most=most).strip(" 。;；")
        return text[:1].upper() + text[1:]


def told_by(memories: Memories, user: str, leave_out: Collection[str] = ()) -> Sequence[Memory]:
    """What the user said, the latest first."""
    return tellings(memories.told(READ), memories, user, leave_out)


def tellings(
    found: Sequence[Memory], memories: Memories, user: str, leave_out: Collection[str] = ()
) -> Sequence[Memory]:
    """Those that the user said, and not only to ask."""
    mine = (memory for memory in found if memory.speaker in (None, user) and memory.document_id is None)
    asking = memories.asking()
    return [one for one in mine if one.message_id not in leave_out and not only_asks(one, asking)]


def life_of(asked: Asked) -> Sequence[Line]:
    return lines_of(told_by(asked.memories, asked.user, asked.leave_out), asked.facts)


def lines_of(memories: Sequence[Memory], facts: Sequence[Fact]) -> Sequence[Line]:
    """The sentences of these memories, the latest message last."""
    lines, names, strangers = list[Line](), _names(facts), set[str]()
    by_message: dict[str | None, list[Fact]] = {}
    for fact in facts:
        by_message.setdefault(fact.message_id, []).append(fact)
    for memory in sorted(memories, key=lambda memory: memory.occurred_at):
        own = list[Line]()
        for text in sentences(memory.text):
            if _tells_nothing(text):
                continue
            line = _line(memory, text, by_message.get(memory.message_id, ()), own[-1:], names)
            if finds("about_strangers", text):
                strangers |= {name for name in names if name in text} | set(_ZH_NAME.findall(text))
            if _begins_with(text, strangers):
                line = replace(line, mine=False, close=False)
            before = own[-1] if own else None
            if before is not None and _goes_on(before, line):
                text = f"{before.text}{'' if CJK.search(before.text) else ' '}{line.text}"
                own[-1] = replace(
                    before, text=text, themes=before.themes | line.themes, heard=before.heard | line.heard
                )
            else:
                own.append(line)
        lines += own
    return _with_past(_corrected(lines))


def _line(memory: Memory, text: str, facts: Sequence[Fact], before: Sequence[Line], names: Collection[str]) -> Line:
    heard = _heard(text, facts)
    close = not finds("about_strangers", text)
    mine = close and not (finds("about_others", text) or _begins_with(text, names))
    if before and not before[0].mine and (_PRONOUN.match(text) or _is_fragment(text)):
        mine, close = False, close and before[0].close
    return Line(memory, text, themes_in(text) | heard, heard, mine, close, finds("life_over", text))


def _is_fragment(text: str) -> bool:
    return len(text.split()) <= 3 and not CJK.search(text) and not finds("talk_speaker", text)


@lru_cache(4_096)
def _tells_nothing(text: str) -> bool:
    """What asks, wishes or supposes; but who asks for a cake without nuts may say why."""
    if finds("life_unreal", text):
        return True
    asks = is_question(text) or any(finds(name, text) for name in ("talk_request", *ASKING))
    return bool(asks) and not finds("life_allergy", text)


def _goes_on(before: Line, line: Line) -> bool:
    """Whether a sentence tells more of what the one before it did, and is not too long for it."""
    if before.over or line.over or before.mine != line.mine:
        return False
    length = len(before.text) + len(line.text)
    length += len(CJK.findall(before.text)) + len(CJK.findall(line.text))
    return length <= MOST_CHARS and line.themes <= before.themes


def still_said(memory: Memory, life: Sequence[Line], themes: Collection[str] = ()) -> str:
    """The text of a memory without the sentences that tell only that something ended, or nothing of the `themes` that are asked
    about; all of it if nothing would be left."""
    lines = [line for line in life if line.memory.id == memory.id]
    kept = [line for line in lines if not line.over]
    kept = [line for line in kept if line.themes & set(themes)] or kept
    if not kept or (len(kept) == len(lines) and all(line.text in memory.text for line in kept)):
        return memory.text
    return ("" if CJK.search(memory.text) else " ").join(line.text for line in kept)


@lru_cache(30_000)
def finds(name: str, text: str) -> bool:
    """As `lexicon.finds`, remembered: the sentences of what was told are asked about at every question."""
    return lexicon.finds(name, text)


@lru_cache(4_096)
def sentences(text: str) -> Sequence[str]:
    return tuple(part.strip() for part in _CUT.split(text) if part and len(part.strip()) > 1)


@lru_cache(4_096)
def themes_in(text: str) -> frozenset[str]:
    return frozenset(theme for theme, (says, _) in THEMES.items() if finds(says, text))


def _heard(text: str, facts: Sequence[Fact]) -> frozenset[str]:
    keys = {fact.key for fact in facts if fact.subject == "user" and fact.quote and fact.quote in text}
    return frozenset(theme for theme, held in _OF_KEYS.items() if keys & set(held))


def themes_asked(text: str) -> frozenset[str]:
    """What of a life a question is about."""
    return frozenset(theme for theme, (_, asks) in THEMES.items() if finds(asks, text))


def quotes_somebody(text: str) -> bool:
    """Whether a sentence repeats what somebody else says."""
    return bool(_QUOTES.search(text))


def people_named(text: str, facts: Sequence[Fact]) -> Collection[str]:
    """Those of whom there are facts, and whose name stands in a text."""
    return {name for name in _names(facts) if re.search(rf"(?<!\w){re.escape(name)}(?![A-Za-z])", text, re.I)} | {
        name for name in _names(facts) if CJK.search(name) and name in text
    }


def words_of_notes(life: Sequence[Line]) -> Mapping[str, AbstractSet[str]]:
    """The words of each note, by its id."""
    held: dict[str, set[str]] = {}
    for line in life:
        held.setdefault(line.memory.id, set()).update(line.words)
    return held


def _with_past(lines: Sequence[Line]) -> Sequence[Line]:
    """The same, with what of them no longer holds."""
    gone = [set[str]() for _ in lines]
    for theme, brings in ONE_AT_A_TIME.items():
        of_theme = [number for number, line in enumerate(lines) if theme in line.themes and line.mine]
        changes = [number for number in of_theme if finds(brings, lines[number].text)]
        if changes:
            since = lines[changes[-1]].memory.id
            first = next(number for number, line in enumerate(lines) if line.memory.id == since)
            for number in of_theme:
                if number < first and not finds("life_before", lines[number].text):
                    gone[number].add(theme)
    for number, line in enumerate(lines):
        if finds("life_ended", line.text):
            for earlier in range(number):
                if lines[earlier].memory.id != line.memory.id and lines[earlier].mine == line.mine:
                    gone[earlier] |= _ended_by(line, lines[earlier])
    return [replace(line, gone=frozenset(themes)) if themes else line for line, themes in zip(lines, gone, strict=True)]


def _ended_by(line: Line, earlier: Line) -> frozenset[str]:
    """The themes of which an earlier sentence no longer holds after one that tells of an end: where the clause with the end names
    what the earlier one told. An illness is not over with a pill: there the sentences must be about the same."""
    shared = (line.words & earlier.words) - _FILLING
    if not shared:
        return frozenset()
    words = line.ending
    named = words & earlier.words
    same = 2 * len(shared) >= len(earlier.words)
    if (len(named) >= 2 and 2 * len(named) >= len(words)) or same:
        return earlier.themes - (_LASTING if not same else {"self"})
    return (line.themes & earlier.themes) - _LASTING if named else frozenset()


def _corrected(lines: Sequence[Line]) -> Sequence[Line]:
    """The same, with what a later one puts right: "16, not 61." in the last that said 61."""
    mended = list(lines)
    for number, line in enumerate(lines):
        match = _NOT_BUT.search(line.text)
        old, new = (match["old"] or match["zh_old"], match["new"] or match["zh_new"]) if match else ("", "")
        if not old or not (re.search(r"\d", old) or old[0].isupper() or CJK.search(old)):
            continue
        word = re.compile(rf"(?<![\w:.]){re.escape(old)}(?![\w:])" if old.isascii() else re.escape(old))
        earlier = next((at for at in range(number - 1, -1, -1) if word.search(mended[at].text)), None)
        if earlier is not None and mended[earlier].memory.id != line.memory.id:
            mended[earlier] = replace(mended[earlier], text=word.sub(new, mended[earlier].text))
    return mended


def _begins_with(text: str, names: Collection[str]) -> bool:
    begin = _NAME.search(text) if names else None
    return begin is not None and any(begin[0].casefold().startswith(name.casefold()) for name in names)


def _names(facts: Sequence[Fact]) -> Collection[str]:
    """The names of people and animals that facts are about."""
    own = {fact.value.casefold() for fact in facts if fact.key == "name" and fact.subject == "user"}
    found = [fact.subject for fact in facts if fact.subject != "user"]
    found += [fact.value for fact in facts if fact.key == "people"]
    names = {(_NAME.findall(one) or [""])[-1] for one in found}
    return {name for name in names if len(name) > 1 and not _is_relation(name) and name.casefold() not in own}


def _is_relation(name: str) -> bool:
    return any(relation.fullmatch(name) for relation in each("relation"))
