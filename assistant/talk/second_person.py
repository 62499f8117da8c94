"""A statement of the user's, said back to them: "my sister moved in with me" -> "your sister moved in with you".

Covers pronouns and the forms of "be" beside them. What stands in quotation marks is left as it is.
"""

import re

from memory.language.reading import Language

_EN = {
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "im": "you're", "i'm": "you're",
    "i've": "you've", "ive": "you've", "i'd": "you'd", "i'll": "you'll", "we": "you", "us": "you", "our": "your", "ours": "yours",
    "we're": "you're", "we've": "you've", "we'll": "you'll", "we'd": "you'd", "ourselves": "yourselves",
}  # fmt: skip
_BE = {"am": "are", "was": "were", "wasn't": "weren't", "wasnt": "weren't", "ain't": "aren't", "m": "are"}
_WORDS = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|「[^」\n]*」")
_PRONOUN_BE = re.compile(
    r"\b(you|You)(\s+(?:\w+ly\s+|also\s+|just\s+|still\s+|really\s+)?)(am|was|wasn['’]t|wasnt|ain['’]t|m)\b"
)
_ASKED_BE = re.compile(r"\b(am|was)\s+(?=you\b)", re.I)
_ZH = (
    ("咱们", "你们"),
    ("我们", "你们"),
    ("我們", "你們"),
    ("俺们", "你们"),
    ("咱", "你们"),
    ("俺", "你"),
    ("我", "你"),
)
_ZH_SELF = re.compile(r"[自忘小]我|(?<!\w)我(?=[国國行军軍])|我(?=[国國军軍素])")
_IS = re.compile(r"\b(?:is|was|are|were|of|than|be|not) $", re.I)
MOST_CHARS = 2_000


def second_person(text: str, language: Language) -> str:
    """`text` as said to the one who said it."""
    pieces, end, text = [], 0, text[:MOST_CHARS]
    turn = _chinese if language == "zh" else _english
    for quoted in _QUOTED.finditer(text):
        pieces += [turn(text[end : quoted.start()]), quoted[0]]
        end = quoted.end()
    return "".join([*pieces, turn(text[end:])])


def _english(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        word = match[0]
        said = _EN.get(word.lower().replace("’", "'"))
        after = match.string[match.end() : match.end() + 2]
        if said is None or word == "US" or after[:1] == "-" or (word.lower() == "i" and after[:1] == "."):
            return word
        if word.lower() == "mine" and not _IS.search(match.string[: match.start()]):
            return word
        return said[0].upper() + said[1:] if word[0].isupper() and word[0] != "I" else said

    turned = _WORDS.sub(one, text)
    turned = _PRONOUN_BE.sub(lambda m: m[1] + m[2] + _BE[m[3].lower().replace("’", "'")], turned)
    return _ASKED_BE.sub(lambda m: {"am": "are ", "was": "were "}[m[1].lower()], turned)


def _chinese(text: str) -> str:
    kept = {match.end() - 1 for match in _ZH_SELF.finditer(text)}
    out, at = [], 0
    while at < len(text):
        for mine, yours in _ZH:
            if text.startswith(mine, at) and at not in kept:
                out.append(yours)
                at += len(mine)
                break
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


_THE_USER = re.compile(r"\b(the user)(['’]s)?( (?:is|was|has|does|isn['’]t|hasn['’]t|doesn['’]t|\w+s)\b)?", re.I)
_VERBS = {
    "is": "are", "was": "were", "has": "have", "does": "do", "isn't": "aren't", "hasn't": "haven't", "doesn't": "don't",
    "goes": "go", "studies": "study", "always": "always", "also": "also", "was not": "were not",
}  # fmt: skip
_NO_VERBS = {"always", "also", "does", "has", "is", "was", "perhaps", "sometimes", "afterwards", "plus", "this", "as"}


def spoken_to(sentence: str, message: str, language: Language) -> str:
    """A sentence of a reply that speaks of "the user" said to them, unless their message speaks of users itself."""
    if language == "zh":
        return sentence if "用户" in message else sentence.replace("用户", "你")
    if "user" in message.lower() or "user" not in sentence.lower():
        return sentence

    def one(match: re.Match[str]) -> str:
        capital = match[1][0] == "T"
        you = ("Your" if capital else "your") if match[2] else ("You" if capital else "you")
        verb = (match[3] or "").strip().replace("’", "'")
        if not verb and not match[2]:
            return match[0]  # "the user interface"
        if not verb or match[2]:
            return you + (match[3] or "")
        base = _VERBS.get(verb) or (verb if verb in _NO_VERBS or verb.endswith("ss") else _base(verb))
        return f"{you} {base}"

    return _THE_USER.sub(one, sentence)


def _base(verb: str) -> str:
    if verb.endswith("ies") and len(verb) > 4:
        return verb[:-3] + "y"
    return verb[:-2] if verb.endswith(("ches", "shes", "sses", "xes", "oes")) else verb[:-1]
