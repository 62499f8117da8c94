"""A mark of the reader as a claim: whose it is, and what of the message is its value.

mark ─┬─ whose     the user's; of somebody named beside it, or as the reader points; of whom "she" means
      └─ value     a thing ("Lyon", not "Lyon with my wife"), or a statement ("choir practice is on Tuesdays at seven")
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from memory.facts import kin, vocabulary
from memory.facts.reader import Mark
from memory.facts.telling import OF_ME
from memory.language.claims import USER, Claim
from memory.language.grammars import grammar_of, grammars
from memory.language.lexicon import joined
from memory.language.text import CJK

BARE = 0.75
"""How sure the reader must be of somebody who is given no name ("my mom"): spoken of often, seldom news."""
STRENGTH = 0.5
MAX_QUOTE = 200
STATEMENTS = ("plans", "schedule", "event", "goals", "contact", "money", "style", "other")
"""Keys whose value is what is said, not a thing: "choir practice is on Tuesdays at seven", not "Tuesdays at seven"."""
FOODS = ("allergies", "diet", "likes", "dislikes")
"""Of these the value is the thing alone, which a limit is read from."""
MAX_STATEMENT = 120
OPENS, CERTAIN = 4, 0.85
"""A name before this character, or as sure as this, is the user's own without an "I"."""
RENEWED = ("money", "contact", "schedule", "plans", "goals")
"""Of these a new statement takes the place of one of the same matter, where it says that something changed."""
SPOKEN_OF = 0.15
"""And of somebody to take them for spoken of."""

EDGES = ' \t\n,.;:!?，。；：！？、…"“”()（）'
_CLAUSE_END = re.compile(r"[.!?。！？\n;；,，、:：()（）]")
_SENTENCE_END = re.compile(r"[.!?。！？\n]")
_BEFORE = re.compile(
    r"^(?:(?:my|our|the|a|an|his|her|their|some)\s+|(?:我们?家?的?|咱们?家?的?|俺们?家?的?|我哋|我嘅)?(?:[一这那][只隻条條匹位名个個]|[只隻](?=[猫狗貓鸟鳥兔柯橘]))?)",
    re.I,
)
_PRONOUN = re.compile(
    r"(?:s?he['’]?s?|it['’]?s?|they(?:['’]?re)?|him|her|hers|his|its|them|their|theirs|both|this|that|who|one)"
    r"|[他她它佢牠][们們]?|[这那]个?|人家|自己|前者|后者|俩|对方",
    re.I,
)
_STATEMENT_END = re.compile(r"[!?。！？\n;；，、()（）]|(?<!\d)[.,:：]|[.,:：](?!\d)")
_OPENING = re.compile(
    r"^(?:(?:and|but|so|also|btw|oh|well|because|then|ok|okay|yeah|yes|which|that|anyway)\b[\s,]*"
    r"|而且|另外|还有|对了|所以|然后|就是|但是|不过|其实|[但也还]|)*"
    r"(?:(?:i(?:['’]?m| am)|we(?:['’]?re| are)|(?:i|we)(?:['’]?ve|['’]ll| will)?)\b\s+(?=\w)|我们?(?=\w))?",
    re.I,
)
_BESIDE = re.compile(
    r"\s*(?:[,，(（:：]\s*)?(?:who\s*(?:is|['’]?s)|is|aged?|turned|now|a|an|the|今年|刚满?|已经|都|才|是|在)?\s*"
)
"""Between somebody and what is said of them at once: "Isla, nine", "Isla who is nine", 乐乐今年七岁."""
_ROW = re.compile(r"\s*[,，、]\s*(?:今年|刚满?|已经|in|and)?\s*")
_LINK = re.compile(r"\s*(?:[:：,，]\s*|(?:is |was )?(?:called|named) |名?叫|是)?")
_ACTS = re.compile(
    r"(?:^|[.!?,;:\n]\s*|\b(?:and|but|so|while)\s+)(?P<who>[A-Z][a-z]+)\s+(?:is|was|has|had|hates|loves|likes|cannot|can(?:['’]t)?"
    r"|eats|drinks|does|doesn['’]t|avoids|wants|works|lives|plays|goes|turns|turned|started|gets|got|needs|takes)\b"
)
_MINE = re.compile(r"\s*[,(]?\s*(?:my|our)\s+", re.I)
_TOKEN = re.compile(
    r"[但给跟和对把让被连因为就是的]{0,3}(?P<who>[他她它佢牠][们們]?)[在是的就也都有说講讲不会會要去来來]{0,2}"
    r"|的(?P<name>[\u4e00-\u9fff]{2,3})"
)
"""A pronoun or a name in Chinese as a part of longer tokens."""
_TITLE = re.compile(r"医生|老师|先生|女士|大夫|主任|师傅|阿姨|叔叔|[总哥姐叔姨婶嫂爷奶]")
_NUMBER = re.compile(r"\+?\d(?:[ ()./-]?\d){6,}")
"""A telephone number or the like."""
_HAD = ("possessions", "pets", "job", "employer", "plans", "school", "studies", "relationship")
_NOT = re.compile(r"(?:[不没別别未无]|\b(?:no|not|never|without|n['’]t)\s)$", re.I)


def trimmed(text: str, mark: Mark) -> Mark:
    """The same, whose it is without the signs that a token has beside: 她 of 她在, 小郗 of 的小郗."""
    if mark.subject in (None, (-1, -1)) or not (match := _TOKEN.fullmatch(text, *mark.subject)):
        return mark
    return replace(mark, subject=match.span("who" if match["who"] else "name"))


def claim_of(text: str, mark: Mark, marks: Sequence[Mark]) -> Claim | None:
    """A mark as a claim, or `None` if nothing is left of it."""
    subject = _subject(text, mark, marks)
    key = _key(text, mark, subject)
    if key is None or subject is None:
        return None
    named = subject if mark.key == "name" and key == "people" else None  # what somebody in their life is called
    value, subject = _value(text, mark, key, named), USER if named else subject
    if key in ("plans", "goals", "schedule", "other") and joined("mark_request").search(value):
        return None
    if (key == "style" and joined("mark_once").search(value)) or (key == "name" and not _is_own_name(text, mark)):
        return None
    if key == "people" and joined("mark_nobody").search(value):
        return None
    if not value or (key in ("people", "pets") and subject == USER and mark.chance < BARE and _is_bare(value)):
        return None
    changed = bool(joined("mark_changed").search(_sentence(text, mark)))
    ends = mark.tense == "ended" or _is_over(text, mark, key)
    avoided = key == "dislikes" or (ends and key in ("allergies", "health"))  # what is wished away, when it ends
    one = not vocabulary.several(key)
    return Claim(
        key, _bare(text, mark) if ends else value, _quote(text, mark), subject=subject,
        polarity=-1 if avoided else mark.polarity, strength=STRENGTH, confidence=round(mark.chance, 3), ends=ends,
        beside=one and not changed, renews=changed and key in RENEWED,
        before=text[max(0, mark.start - MAX_QUOTE) : mark.start] if subject in kin.PRONOUNS.values() else "",
    )  # fmt: skip


def _is_own_name(text: str, mark: Mark) -> bool:
    """Whether it is the user's: said with "I", or first of all; a pet's is called so as well."""
    return mark.start < OPENS or mark.chance >= CERTAIN or bool(OF_ME.search(_sentence(text, mark)))


def _is_over(text: str, mark: Mark, key: str) -> bool:
    """Whether the words around a mark say that it holds no longer, though the reader does not."""
    if key == "contact":
        return bool(joined("mark_gone").search(_statement(text, mark) or ""))
    return key in _HAD and mark.tense == "holds" and bool(joined("mark_given_up").search(_statement(text, mark) or ""))


def _value(text: str, mark: Mark, key: str, named: str | None) -> str:
    plain = _bare(text, mark)
    if key in ("people", "pets"):
        return _with_relation(text, mark, text[mark.start : mark.end].strip(EDGES), named)
    if key == "diet" and mark.tense == "holds" and (mark.polarity < 0 or _NOT.search(text[: mark.start])):
        return _without(text, mark, plain)
    torn = len(plain) == 1 and CJK.search(plain)
    if key in STATEMENTS or (key not in FOODS and (torn or _NOT.search(text[: mark.start]))):
        return _statement(text, mark) or plain
    return plain


def _without(text: str, mark: Mark, food: str) -> str:
    """What somebody leaves out, as a diet: "no coffee", 不喝咖啡."""
    if not CJK.search(food):
        return food if food.casefold().startswith(("no ", "not ")) else f"no {food}"
    food = re.sub(r"^(?:不|别|別|没|沒)?(?:再)?[吃喝沾碰]?", "", food)
    return ("不喝" if "喝" in (_statement(text, mark) or "") else "不吃") + food


def _bare(text: str, mark: Mark) -> str:
    """The marked words, without "my" and "the"."""
    value = text[mark.start : mark.end].strip(EDGES)
    return _BEFORE.sub("", value).strip(EDGES) or value


def _statement(text: str, mark: Mark) -> str | None:
    """The clause around a mark; with the one before, if the mark is all of it or it cannot be understood alone; `None` if that
    is long."""
    sentence, _ = sentence_around(text, mark.start, mark.end)
    ends = [match.end() for match in _STATEMENT_END.finditer(text, sentence, mark.start)]
    stop = _STATEMENT_END.search(text, mark.end)
    end = stop.start() if stop else len(text)
    starts = [*reversed(ends), sentence]
    start = next((place for place in starts if _is_whole(text[place : mark.start])), sentence)
    said = text[start:end].strip(EDGES)
    said = _OPENING.sub("", said).strip(EDGES) or said
    return said if len(said) <= MAX_STATEMENT else None


def _is_whole(before: str) -> bool:
    """Whether what stands before a value in its clause says what it is of."""
    said = before.strip(EDGES)
    return bool(said) and not joined("mark_dangling").search(said)


def _with_relation(text: str, mark: Mark, value: str, whose: str | None = None) -> str:
    """Somebody's name with who they are, if that stands beside it: "wife Agata" of "Wife: Agata", and of "Agata, my wife"."""
    grammar = grammar_of(value, grammars())
    relation = grammar.patterns["relation"]
    if found := relation.match(value):
        name = value[found.end() :].strip()
        return _related(found[0], name) if name and CJK.search(name) else value
    if relation.search(value):
        return value
    lead = text[max(0, mark.start - MAX_QUOTE) : mark.start]
    before = list(relation.finditer(lead))
    if before and _LINK.fullmatch(lead, before[-1].end()):
        return _related(before[-1][0], value)
    after = relation.search(text[mark.end : mark.end + MAX_QUOTE])
    if after and _MINE.fullmatch(text[mark.end : mark.end + after.start()]):
        return _related(after[0], value)
    return f"{whose} {value}" if whose and whose in vocabulary.PEOPLE_ZH else value


def _related(relation: str, name: str) -> str:
    """As the rules write it: "sister Ana", and "sister 何婷" of 妹妹何婷."""
    known = grammar_of(relation, grammars()).canonical(relation.lower())
    if CJK.search(relation):
        return f"{known} {name}" if known in vocabulary.PEOPLE_ZH else f"{relation}{name}"
    return f"{relation.lower()} {name}"


def _is_bare(said: str) -> bool:
    """Whether it names nobody: "my mom", 爸妈."""
    plain = _BEFORE.sub("", said).strip(EDGES)
    relation = grammar_of(plain, grammars()).patterns["relation"]
    return bool(relation.fullmatch(plain) or relation.fullmatch(plain.removesuffix("s")))


def _key(text: str, mark: Mark, subject: str | None) -> str | None:
    """What will be is a plan, what is liked with a minus is disliked; of what was, only what happened is kept."""
    if mark.key == "likes" and mark.polarity < 0:
        return "dislikes"
    if mark.key in ("allergies", "diet", "dislikes") and joined("mark_harmless").search(_statement(text, mark) or ""):
        return None
    if _NUMBER.fullmatch(_bare(text, mark)):
        return "contact"
    if mark.key == "name" and subject != USER:
        return "people"
    if mark.key == "relationship" and _is_bare(_bare(text, mark)):
        return "people"
    if subject == USER and not vocabulary.several(mark.key) and mark.tense == "future":
        return "plans"
    former = mark.key not in STATEMENTS and joined("mark_former").search(_statement(text, mark) or "")
    if (mark.tense == "past" and not vocabulary.several(mark.key)) or former:
        return None
    return mark.key


def _subject(text: str, mark: Mark, marks: Sequence[Mark]) -> str | None:
    """Whose it is: USER, a relation as subjects are written ("sister"), a name; `None` if the message does not say."""
    if mark.subject is None:
        return USER
    place = _named(text, mark, marks)
    if mark.key == "pets" and place is not None and place[0] <= mark.start and mark.end <= place[1]:
        return USER  # "a cat called Bug" is not Bug's
    if place is None:
        said = text[slice(*mark.subject)].strip(EDGES).casefold() if mark.subject != (-1, -1) else ""
        return kin.PRONOUNS.get(said)
    said = text[slice(*place)].strip(EDGES)
    said = re.sub(r"['’]s?$", "", said)
    plain = _BEFORE.sub("", said).strip(EDGES) or said
    return None if len(plain) == 1 and not CJK.search(plain) else canonical(plain)


def _named(text: str, mark: Mark, marks: Sequence[Mark]) -> tuple[int, int] | None:
    """Where the message names who is meant: beside what is said, or where the reader says, or for "she" the person named last
    before it."""
    people = [one.subject for one in marks if one.subject not in (None, (-1, -1))]
    people += [(one.start, one.end) for one in marks if one.key in ("people", "pets") and one.chance >= SPOKEN_OF]
    named = sorted({one for one in people if one and not _PRONOUN.fullmatch(text[slice(*one)].strip(EDGES))})
    place = mark.subject or (-1, -1)
    if mark.key not in ("people", "pets", *STATEMENTS) and (beside := _beside(text, mark, marks, named)):
        return _whole(text, beside, named)
    before = _acting(text, mark)
    if before and place[0] > mark.end:
        return before  # "Max is allergic to nuts and Lea hates figs": not Lea
    if place != (-1, -1) and not _PRONOUN.fullmatch(text[slice(*place)].strip(EDGES)):
        return _whole(text, place, named)
    until = len(text) if place == (-1, -1) else place[0]
    earlier = [one for one in named if one[1] <= until]
    return _whole(text, max(earlier, key=lambda one: one[1]), named) if earlier else None


def _acting(text: str, mark: Mark) -> tuple[int, int] | None:
    """The name that the clause of a mark begins with, as its subject."""
    start, _ = sentence_around(text, mark.start, mark.end)
    found = list(_ACTS.finditer(text, start, mark.start))
    return found[-1].span("who") if found else None


def _beside(text: str, mark: Mark, marks: Sequence[Mark], named: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Who is named right before what is said of them, or before what else is said in a row: "Olek, seven, second grade"."""
    place = mark.start
    for _ in range(4):
        found = [one for one in named if one[1] <= place and _BESIDE.fullmatch(text, one[1], place)]
        if found:
            return found[-1]
        before = [one for one in marks if one.end <= place and _ROW.fullmatch(text, one.end, place)]
        if not before:
            return None
        place = before[-1].start
    return None


def _whole(text: str, place: tuple[int, int], named: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """A name of which the reader marked a part: 子墨 of 墨, 宋医生 of 宋; `None` if it stays a part."""
    start, end = max(
        (one for one in named if one[0] <= place[0] and place[1] <= one[1]),
        key=lambda one: one[1] - one[0],
        default=place,
    )
    if end - start > 1 or not CJK.search(text[start:end]):
        return start, end
    title = _TITLE.match(text, end)
    before = re.search(r"[\u4e00-\u9fff]*$", text[:start])
    run = before[0] if before else ""
    relations = list(grammar_of(text, grammars()).patterns["relation"].finditer(run))
    free = len(run) - max((one.end() for one in relations), default=0)
    if title:
        return start, title.end()
    return (start - free, end) if 0 < free <= 2 else None


def _sentence(text: str, mark: Mark) -> str:
    return text[slice(*sentence_around(text, mark.start, mark.end))]


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence begins and ends that holds these characters."""
    begin = max((match.end() for match in _SENTENCE_END.finditer(text, 0, start)), default=0)
    stop = _SENTENCE_END.search(text, end)
    return begin, stop.start() if stop else len(text)


def canonical(said: str) -> str:
    """A person as subjects are written: the relation where it is one that a language knows, else the words that name them."""
    grammar = grammar_of(said, grammars())
    found = grammar.canonical(said)
    if found != said.lower() or said.lower() in vocabulary.PEOPLE_ZH:
        return found
    relations = grammar.people_in(said if CJK.search(said) else f"my {said}")
    return next(iter(relations)) if len(relations) == 1 and len(said) < 12 else said


def _quote(text: str, mark: Mark) -> str:
    """The words that show it: the value with the rest of its clause before it, or, if it is all of its clause, the one before."""
    start = mark.start
    breaks = [match.end() for match in _CLAUSE_END.finditer(text, max(0, mark.start - MAX_QUOTE // 2), mark.start)]
    for place in [*reversed(breaks), max(0, mark.start - MAX_QUOTE // 2)]:
        start = place
        if text[place : mark.start].strip(EDGES):
            break
    return text[start : mark.end].strip()[:MAX_QUOTE]
