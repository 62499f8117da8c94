"""Who speaks: a reply that gives the user's message back, speaks as if it were the user, or speaks another language."""

import re
from collections.abc import Iterator

from assistant.talk.checks.ground import Fault, Ground
from assistant.talk.checks.patterns import languages_in, patterns
from assistant.talk.checks.text import FILLERS, MARK, bare, latin_words, plain, straight, unquoted
from memory.language.stemming import words
from memory.language.text import CJK

MIN_ECHO_WORDS, MIN_ECHO_SIGNS = 4, 6
MAX_ADDED_WORDS, MAX_ADDED_SIGNS = 2, 4
"""So much a sentence may add to the user's and still be theirs: "So, I got a hamster yesterday.\""""
MIN_OTHER_CHINESE, OTHER_CHINESE = 4, 0.3
MIN_OTHER_WORDS, OTHER_LATIN = 4, 0.8
_FIRST_PERSON = re.compile(r"\b(?:i|im|ive|id|ill|my|me|mine|we|our)\b|我")
_NOT_PROSE = re.compile(r"《[^》]*》|https?://\S+|\S+@\S+|\b\w+\.\w{2,4}\b")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_YOU = re.compile(r"\byou(?:r|rs|rself|'\w+)?\b", re.I)
_RUN = re.compile(r"[A-Za-zÀ-ÿ][\w'.&+-]*(?:[ ]+[A-Za-zÀ-ÿ\d][\w'.&+-]*)*")


def echo(sentence: str, ground: Ground) -> Fault | None:
    """The user's message, or a sentence of it, given back as it was."""
    if ground.repeat_asked:
        return None
    said = unquoted(sentence)
    asks = said.rstrip().endswith(("?", "？"))
    for theirs in ground.message_sentences:
        theirs_asks = theirs.rstrip().endswith(("?", "？"))
        if asks == theirs_asks and (_same_signs(said, theirs) if CJK.search(theirs) else _same_words(said, theirs)):
            return Fault("echo", "The reply repeats the message.", theirs.strip()[:80])
    return None


def _same_words(said: str, theirs: str) -> bool:
    ours, wanted = f" {plain(said)} ", f" {plain(theirs)} "
    added = len(ours.split()) - len(wanted.split())
    if len(wanted.split()) < MIN_ECHO_WORDS or not 0 <= added <= MAX_ADDED_WORDS:
        return False
    return wanted in ours if _FIRST_PERSON.search(wanted) else wanted == ours


def _same_signs(said: str, theirs: str) -> bool:
    ours, wanted = bare(said), bare(theirs)
    if len(wanted) < MIN_ECHO_SIGNS or not 0 <= len(ours) - len(wanted) <= MAX_ADDED_SIGNS:
        return False
    return wanted in ours if "我" in wanted else wanted == ours and "祝" not in wanted and "快乐" not in wanted


def first_person(sentence: str, ground: Ground, earlier: str) -> Fault | None:
    """The user's life told as the assistant's own; fine in quotations and drafts, and for what an assistant can say."""
    if ground.repeat_asked:
        return None
    said = straight(unquoted(sentence, earlier))
    for language in languages_in(said):
        if said_by_another := patterns(language)["quotation_follows"].search(said):
            said = said[: said_by_another.end()]
    found = next(_as_the_user(said, ground), None)
    return Fault("first_person", "The assistant speaks as if it were the user.", found) if found else None


def _as_the_user(said: str, ground: Ground) -> Iterator[str]:
    for language in languages_in(said):
        yield from (match[0] for match in patterns(language)["my_person"].finditer(said))
    yield from _names(said, ground)
    yield from _things(said, ground)
    for match in patterns("en")["i_says"].finditer(said):
        if _theirs_en(match["aux"] or "", match["rest"], ground):
            yield match[0]
    for match in patterns("zh")["i_says"].finditer(said) if "我" in said else ():
        if _theirs_zh(match["rest"], ground):
            yield match[0]


def _names(said: str, ground: Ground) -> Iterator[str]:
    """The user's name as the assistant's."""
    for language in languages_in(said):
        for match in patterns(language)["my_name"].finditer(said):
            name = match["name"].casefold()
            if ground.user and name == ground.user.casefold():
                yield match[0]


def _things(said: str, ground: Ground) -> Iterator[str]:
    """ "My bike", where the bike is the user's."""
    for match in patterns("en")["my_thing"].finditer(said):
        stems = words(match["noun"])
        if stems and not patterns("en")["assistants_own"].search(match["noun"]) and stems[0] in ground.user_words:
            yield match[0]
    for match in patterns("zh")["my_thing"].finditer(said):
        noun = match["noun"]
        if not patterns("zh")["assistants_own"].search(noun) and f"我{noun[:2]}" in ground.user_signs:
            yield match[0]


def _theirs_en(aux: str, rest: str, ground: Ground) -> bool:
    """Whether what follows "I" is told of the user in the message, a note or a fact."""
    if _YOU.search(rest) or MARK in rest:
        return False
    clause = {"'m": "am ", "'ve": "have ", "'d": "would ", "'ll": "will "}.get(aux, "") + rest
    if patterns("en")["assistants_deed"].search(clause):
        return False
    life = patterns("en")["life_deed"].search(clause)
    content = (life and words(latin_words(clause[life.end() :]))) or words(latin_words(rest))
    told = [stem for stem in content if stem in ground.user_words]
    if life:
        return bool(told) and 2 * len(told) >= len(content)
    return len(told) >= 2 and 4 * len(told) >= 3 * len(content)


def _theirs_zh(rest: str, ground: Ground) -> bool:
    if "你" in rest or MARK in rest or patterns("zh")["assistants_deed"].search(rest):
        return False
    signs = FILLERS.sub("", bare(rest))
    pairs = [signs[at : at + 2] for at in range(len(signs) - 1)]
    told = sum(pair in ground.user_signs for pair in pairs)
    if patterns("zh")["life_deed"].search(rest):
        return told >= 2 and 10 * told >= 6 * len(pairs)
    return told >= 4 and 10 * told >= 8 * len(pairs)


def other_language(sentence: str, ground: Ground, earlier: str) -> Fault | None:
    """A sentence in another language than the message, unless words of one are asked for."""
    if ground.other_language_asked or (ground.language == "en" and not CJK.search(sentence)):
        return None
    said = _NOT_PROSE.sub(" ", unquoted(sentence, earlier))
    chinese = len(CJK.findall(said))
    letters = sum(sign.isalpha() for sign in said)
    if ground.language == "en":
        if chinese >= MIN_OTHER_CHINESE and chinese > OTHER_CHINESE * letters and not _all_known(said, ground):
            return Fault(
                "language", "The sentence is in Chinese, and the answer should be in English.", said.strip()[:80]
            )
        return None
    foreign = [run for run in _RUN.findall(said) if run.casefold() not in ground.support.text]
    count = sum(len(run.split()) for run in foreign)
    if count >= MIN_OTHER_WORDS and sum(map(len, foreign)) > OTHER_LATIN * max(1, letters):
        return Fault("language", "The sentence is in English, and the answer should be in Chinese.", said.strip()[:80])
    return None


def _all_known(said: str, ground: Ground) -> bool:
    """Whether the Chinese in a sentence is taken from what the model was given."""
    return all(run in ground.support.text for run in _HAN_RUN.findall(said))
