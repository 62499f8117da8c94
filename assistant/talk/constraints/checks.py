"""What in a request, or in one sentence of a reply, runs into a limit.

    text ── names in it ── of what the limit excludes? ── avoided by its clause? ── Conflict

A clause avoids what it names: "without prawns", "prawns are out", 不放虾, 把虾换成豆腐. Does not cover: what a whole paragraph takes
back, irony, and a dish whose name says nothing of what is in it.
"""

import re
from collections.abc import Iterator, Sequence
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
    kept = [one for one in out if not _avoided(text, one, language)]
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
            return min(shared), "is"
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


def _avoided(text: str, conflict: Conflict, language: Language) -> bool:
    """Whether the clause says that it is left out, or the words right before it say that it has none."""
    shows = "zh" if CJK.search(text) else "en" if re.search("[a-zA-Z]", text) else language
    start, end = conflict.start, conflict.end
    before, after = text[max(0, start - _REACH[shows]) : start], text[end : end + 90]
    if conflict.how not in ("over", "on") and conflict.why in words().masked(before):
        return True
    clauses = words().clauses[shows]
    if clauses["free"].match(after) or (clauses["after"].match(after) and conflict.how != "over"):
        return True
    quiet = clauses["not_cue"].sub(lambda match: "~" * len(match[0]), before)
    last = None
    for last in clauses["before"].finditer(quiet):  # noqa: B007 -- the last of them
        pass
    if last is None:
        return False
    between = quiet[last.end() :]
    if shows == "zh" and last[0] == "对":
        return "过敏" in after[:10]
    return not clauses["turns"].search(between) and not _new_clause(between)


_COMMA = re.compile("[,，]")


def _new_clause(between: str) -> bool:
    """Whether a comma ended the clause: in a list ("no nuts, eggs or") at most three words stand between two commas."""
    parts = _COMMA.split(between)
    return any(len(part.split()) > 4 or len(CJK.findall(part)) > 6 for part in parts[1:])
