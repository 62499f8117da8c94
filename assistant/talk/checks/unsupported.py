"""What a reply says of the person that nothing it was given supports: a name, a number, a date, a place.

Only plain claims count ("you live in …", "your sister's name is …", 你姐姐叫…): no question, no advice, no "if", nothing about
the world. A small count ("two cats") is checked only against another count of the same thing: a model may have counted.

Does not know: places that lie in others, nicknames, names in another script, what "she" or "he" refers to.
"""

import re
from collections.abc import Iterator, Sequence

from assistant.talk.checks.ground import Fault, Ground
from assistant.talk.checks.patterns import languages_in, patterns
from assistant.talk.checks.support import Support, other_counts
from assistant.talk.checks.text import straight, unquoted
from assistant.talk.checks.values import Day, Number, dates_in, numbers_in
from memory.language.text import CJK, is_chinese

SMALL = 12
"""Up to here a number may have been counted."""
REASON = "Nothing that is known of the user supports this."
_NAME = re.compile(
    r"(?:(?<=[a-z,;\d'%] )|(?<=[DM]r\. )|(?<=Ms\. )|(?<=Mrs\. ))(?:[A-Z][a-zà-ÿ]+(?:[-'][A-Z]?[a-zà-ÿ]+)*)(?:'s)?(?!\w)"
)
_PARTS_ZH = re.compile(r"(?<=[，。；：,;—])")
_SOME_LETTERS = re.compile(r"[a-z]{3,}|[\u4e00-\u9fff]{2}", re.I)


def unsupported(sentence: str, ground: Ground, earlier: str) -> Fault | None:
    """The first thing said of the person that has no support."""
    said = straight(unquoted(sentence, earlier)).replace("*", "")
    if not ground.writes and (named := _named_wrongly(said, ground.support)):
        return Fault("unsupported", REASON, named)
    if ground.writes or said.rstrip(" \n)").endswith(("?", "？")):
        return None
    claims = _claims_zh(said) if CJK.search(said) and is_chinese(said) else _claims_en(said)
    for claim in claims:
        found = next(_without_support(claim, ground.support), None)
        if found:
            return Fault("unsupported", REASON, found)
    return None


def _named_wrongly(said: str, support: Support) -> str | None:
    """The name in "your sister Anna", whatever is said of her."""
    names = [] if support.other_script else [match["name"] for match in patterns("en")["your_named"].finditer(said)]
    return next((name for name in names if not (_common(name) or support.has_name(name))), None)


def _common(word: str) -> bool:
    return patterns("en")["not_a_name"].search(word) is not None


def _claims_en(said: str) -> Iterator[str]:
    """The parts of a sentence that plainly say something of the person."""
    lexicon = patterns("en")
    at = 0
    for match in (*lexicon["part_ends"].finditer(said), None):
        part = said[at : match.start() if match else len(said)]
        at = match.end() if match else at
        claims = lexicon["you_claim"].search(part) or lexicon["your_claim"].search(part)
        if claims and not lexicon["no_claim"].search(part):
            yield part


def _claims_zh(said: str) -> Iterator[str]:
    lexicon = patterns("zh")
    going_on = False
    for part in _PARTS_ZH.split(said):
        if lexicon["no_claim"].search(part):
            going_on = False
        elif lexicon["you_claim"].search(part) or lexicon["your_claim"].search(part):
            going_on = True
            yield part
        elif going_on and lexicon["goes_on"].search(part):
            yield part
        else:
            going_on = False


def _without_support(claim: str, support: Support) -> Iterator[str]:
    days = dates_in(claim)
    for day in days:
        if not support.has_date(day):
            yield claim[day.start : day.end]
    for number in numbers_in(claim):
        if not _inside(number, days) and _made_up(number, claim, support):
            yield number.written
    yield from _times_told(claim, support)
    if support.other_script:
        return
    yield from _names_zh(claim, support) if CJK.search(claim) else _names_en(claim, support)


def _inside(number: Number, days: Sequence[Day]) -> bool:
    return any(day.start <= number.start < day.end for day in days)


def _made_up(number: Number, claim: str, support: Support) -> bool:
    after = claim[number.end :]
    if CJK.match(number.written[-1]) or number.written[-1] in "零〇":
        if not patterns("zh")["countable"].search(after):
            return False
    elif patterns("en")["free_number"].search(after):
        return False
    if number.value <= 1 or support.has_number(number.value):
        return False
    if number.value > SMALL:
        return True
    noun = _SOME_LETTERS.search(after[:12])
    counted = noun[0].casefold()[:5] if noun else ""
    others = {value for text in support.texts for value in other_counts(text, counted)}
    return bool(others)


def _times_told(claim: str, support: Support) -> Iterator[str]:
    """ "You told me last week", where no note is of last week."""
    for language in languages_in(claim):
        lexicon = patterns(language)
        if lexicon["told"].search(claim):
            for match in lexicon["when_told"].finditer(claim):
                if not support.told_then(match[0]):
                    yield match[0]


def _names_en(claim: str, support: Support) -> Iterator[str]:
    words = claim.split()
    if 4 * sum(word[:1].isupper() for word in words) >= 3 * len(words) > 9:
        return  # a heading
    for match in _NAME.finditer(claim):
        name = match[0].removesuffix("'s")
        if _common(name) or support.has_name(name):
            continue
        if patterns("en")["country"].search(name) and support.names_a_place:
            continue  # the country of a place that is known
        yield name


def _names_zh(claim: str, support: Support) -> Iterator[str]:
    lexicon = patterns("zh")
    for kind in ("named", "lives", "works"):
        for match in lexicon[kind].finditer(claim):
            if not lexicon["not_a_name"].search(match["name"]) and not support.has_signs(match["name"]):
                yield match["name"]
    for match in lexicon["a_city"].finditer(claim):
        if not support.has_signs(match[0]):
            yield match[0]
    for match in re.finditer(r"[A-Z][a-z]{2,}", claim):
        if not support.has_name(match[0]):
            yield match[0]
