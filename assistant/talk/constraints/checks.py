"""What in a request, or in one sentence of a reply, runs into a limit.

    text ── names in it ── of what the limit excludes? ── avoided by its clause? ── Conflict

A clause avoids what it names: "without prawns", "prawns are out", 不放虾, 把虾换成豆腐. Does not cover: what a whole
paragraph takes back, irony, and a dish whose name says nothing of what is in it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from assistant.talk.constraints import amounts
from assistant.talk.constraints.lexicon import Found, Node, tokens_of, words
from assistant.talk.constraints.types import Conflict, How, Language, Limit
from memory.language.text import CJK

MAX_CHARS = 4_000
"""Of a text so much is checked; a sentence of a reply is far shorter."""
_REACH = {"en": 90, "zh": 24}
"""So many characters before a word the clause is searched for what avoids it."""
_FILLER = frozenset("a an the any some of and or very really too much all kind kinds my his her raw fresh".split())


@lru_cache(maxsize=4_096)
def excluded(kind: str, value: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The ids that a limit's value excludes, and its words where they are not in the lexicon."""
    known = words()
    diet = known.diet(value) if kind in ("diet", "health", "allergy") else None
    if diet:
        return diet.excludes, ()
    found = known.find(value)
    ids = frozenset(node.id for one in found for node in one.nodes if not node.id.startswith("dish:"))
    literal = tuple(word for word, _, _ in tokens_of(value) if word not in _FILLER)
    inside = [one for one in tokens_of(value) if not any(f.start <= one[1] < f.end for f in found)]
    more = [word for word, _, _ in inside if word not in _FILLER]
    if kind == "health":
        return frozenset(), ()
    if ids and (kind in ("allergy", "diet") or not more):
        return ids, ()
    return frozenset(), literal or ((value,) if CJK.search(value) else ())


def conflicts(text: str, limits: Sequence[Limit], language: Language) -> tuple[Conflict, ...]:
    """What in `text` runs into one of `limits`, in the order of the text; a word at most once a limit. `language` is that of the
    text's clauses where it does not show; words of both are known in either."""
    text = text[:MAX_CHARS]
    found = words().find(text)
    out = [one for limit in limits for one in _of(text, found, limit)]
    if not out:
        return ()
    shows: Language = "zh" if CJK.search(text) else "en" if _LATIN.search(text) else language
    clauses = words().clauses[shows]
    cues = bool(clauses["before"].search(text)), bool(clauses["after"].search(text))
    kept = [one for one in out if not _avoided(text, one, shows, cues)]
    return tuple(sorted(kept, key=lambda one: one.start))


def _of(text: str, found: Sequence[Found], limit: Limit) -> Iterator[Conflict]:
    if limit.kind in ("budget", "date"):
        yield from amounts.conflicts(text, limit)
        return
    ids, literal = excluded(limit.kind, limit.value)
    for one in found:
        if hit := _runs_into(one.nodes, ids):
            yield Conflict(limit, text[one.start : one.end], hit[0], one.start, one.end, hit[1])
    if literal:
        yield from _literal(text, limit, literal)


def _runs_into(nodes: Sequence[Node], ids: frozenset[str]) -> tuple[str, How] | None:
    for node in nodes:
        if node.id in ids:
            return node.id, "named"
    for node in nodes:
        if shared := node.within & ids:
            why = max(shared, key=lambda one: len(words().nodes[one].within))  # the nearest: shellfish before seafood
            return why, "has" if why in words().contained else "is"
    for node in nodes:
        if shared := node.has & ids:
            return min(shared), "has"
    return None


def _literal(text: str, limit: Limit, literal: Sequence[str]) -> Iterator[Conflict]:
    if CJK.search(literal[0]):
        start = text.find(literal[0])
        if start >= 0:
            yield Conflict(limit, literal[0], limit.value, start, start + len(literal[0]))
        return
    tokens = tokens_of(text)
    for at in range(len(tokens) - len(literal) + 1):
        part = tokens[at : at + len(literal)]
        if tuple(word for word, _, _ in part) == tuple(literal):
            start, end = part[0][1], part[-1][2]
            yield Conflict(limit, text[start:end], limit.value, start, end)


def _avoided(text: str, conflict: Conflict, shows: Language, cues: tuple[bool, bool]) -> bool:
    """Whether the clause says that it is left out, or the words right before it say that it has none. `cues`: whether the text
    has any word that leaves out what follows it, or what it follows."""
    start, end = conflict.start, conflict.end
    before, after = text[max(0, start - _REACH[shows]) : start], text[end : end + 90]
    clauses = words().clauses[shows]
    if conflict.how not in ("over", "on") and (conflict.why in _without(before, after) or _is_other(conflict, after)):
        return True
    if clauses["free"].match(after) or (cues[1] and conflict.how != "over" and clauses["follows"].match(after)):
        return True
    return cues[0] and _before(clauses, before, after, chinese=shows == "zh")


def _before(clauses: Mapping[str, re.Pattern[str]], before: str, after: str, *, chinese: bool) -> bool:
    """Whether a word of leaving out reaches from before to here."""
    quiet = clauses["not_cue"].sub(lambda match: "~" * len(match[0]), before)
    cues = list(clauses["before"].finditer(quiet))
    if not cues:
        return False
    between = quiet[cues[-1].end() :]
    if chinese and cues[-1][0] == "对":
        return "过敏" in after[:10]
    return not clauses["turns"].search(between) and not _new_clause(between)


def _without(before: str, after: str) -> frozenset[str]:
    """What "vegan …" and "… with oat milk" say that it does not have."""
    with_it = _MADE_WITH.match(after)
    return words().masked(before) | (words().masked(f"{with_it[1]} ") if with_it else frozenset())


def _is_other(conflict: Conflict, after: str) -> bool:
    """ "The noodles are rice noodles": what it is, is a longer name that is not excluded."""
    stated = _ARE.match(after)
    if not stated:
        return False
    head = tokens_of(conflict.word)
    named = words().find(after)
    ids, _ = excluded(conflict.limit.kind, conflict.limit.value)
    return (
        bool(named)
        and named[0].start <= stated.end()
        and bool(head)
        and any(word == head[-1][0] for word, _, _ in tokens_of(after[named[0].start : named[0].end]))
        and _runs_into(named[0].nodes, ids) is None
    )


_LATIN = re.compile("[a-zA-Z]")
_MADE_WITH = re.compile(r"\s(?:made |blended )?(?:with|on|using)\s([\w-]+(?: milk)?)")
_ARE = re.compile(r"\s(?:is|are|should be|must be|to be)\s(?:all |only |made of )?")
_COMMA = re.compile("[,，]")


def _new_clause(between: str) -> bool:
    """Whether a comma ended the clause: in a list ("no nuts, eggs or") at most four words stand between two commas."""
    parts = _COMMA.split(between)
    return any(len(part.split()) > 4 or len(CJK.findall(part)) > 6 for part in parts[1:])
