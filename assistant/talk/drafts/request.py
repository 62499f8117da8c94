"""What a request for a text says of it: to whom, signed by whom, what to say, and which facts it asks for.

"write an email to my landlord about the boiler, remind him what day he promised the plumber"
 ->  to "my landlord", asks for a day, says nothing by itself
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.talk.drafts.table import Table, table
from memory.language.folding import simplified
from memory.language.reading import Language
from memory.types import Fact

MOST_CHARS = 600
_ASK_TO = re.compile(
    r"\bask(?:in|ing)?(?: if)? (?:him|her|them|[A-Z]\w+) (?:to|if (?:he|she|they) (?:can|could|would)) (?P<what>[^.!?,;]+)"
)
_ASK_IF = re.compile(
    r"\bask(?:in|ing)?(?: (?:him|her|them))? (?P<how>if|whether|when|where|how|what time) (?:he|she|they) (?P<verb>\w+)"
    r"(?P<rest>[^.!?,;]*)",
    re.I,
)
_TITLED = r"\b{who}\b[^.!?]{{0,30}}?\b(dr|mr|mrs|ms|prof)\.? ([a-z]+)"
_ASKED_LAST = re.compile(r",? (?:and|n) (?:when|where|what (?:day|time)|how \w+)\b[^.]*$")
_THEM = {
    "him": {"he['’]s": "you are", "he is": "you are", "he": "you", "his": "your", "him": "you"},
    "her": {"she['’]s": "you are", "she is": "you are", "she": "you", "her(?= [a-z])": "your", "her": "you"},
    "them": {"they are": "you are", "they['’]re": "you are", "they": "you", "their": "your", "them": "you"},
}
_IN_TEXT = re.compile(
    r"(?:^|[.!] )(?:(?:my )?name(?:['’]s| is)|i am|i['’]m|this is) (?P<name>[A-Z][\w'-]+)"
    r"|我(?:叫|是)(?P<zh>[\u4e00-\u9fff]{2,3})(?=[，。,]|$)",
    re.I,
)

_OWN_NAME = re.compile(
    r"(?:it |them |off |with )*(?:me|it|off|my|them|with|mine|us)?(?: ?(?:my|own|first|full|name))*"
    r"|我(?:的|自己的?)?(?:名字?|姓名?)?",
    re.I,
)
"""Who signs with this signs with their own name."""


@dataclass(frozen=True)
class Request:
    """`to` is as it is to be greeted, "" for nobody; `sign` is who signs, "" for nobody known; `says` are sentences that the user
    gave to say, in the first person; `asks` which sorts of facts it asks for: "when", "name", "number"."""

    text: str
    language: Language
    kind: str
    to: str
    sign: str
    says: Sequence[str]
    asks: frozenset[str]

    @property
    def table(self) -> Table:
        return table(self.language)

    def has(self, name: str) -> bool:
        """Whether the request has words of a sort: "formal", "cancel"."""
        return self.table.find[name].search(self.text) is not None


def request_of(text: str, language: Language, facts: Sequence[Fact], told: Sequence[str]) -> Request | None:
    """The request, `None` for a text to nobody (a poem). `told` are notes: they name people that the request does not."""
    known, written = table(language), text
    if language == "zh":
        text = simplified(text)  # letter by letter, so that what is found can be given back as it was written
    kind = known.find["kind"].search(text)
    to = _to(text, known)
    if len(text) > MOST_CHARS or (kind is None and not to):
        return None
    sign = _sign(text, known, facts, told)
    return Request(
        text=text,
        language=language,
        kind=kind["kind"] if kind else "",
        to=_as_written(_named(to, told, language), text, written),
        sign=sign if sign in {fact.value for fact in facts} else _as_written(sign, text, written),
        says=[_as_written(said, text, written) for said in _says(text, known, language)],
        asks=_asks(text, known),
    )


def _as_written(found: str, plain: str, written: str) -> str:
    """Each part of `found` in the letters of the request."""
    if plain == written:
        return found
    parts = re.split(r"([，。！？、])", found)
    places = [plain.find(part) if part else -1 for part in parts]
    return "".join(written[at : at + len(part)] if at >= 0 else part for part, at in zip(parts, places, strict=True))


def _asks(text: str, known: Table) -> frozenset[str]:
    """A cancellation needs the day and with whom, asked for or not."""
    found = {name for name in ("when", "name", "number", "age", "what") if known.find[name].search(text)}
    return frozenset(found | ({"when", "name"} if known.find["cancels"].search(text) else set()))


def _to(text: str, known: Table) -> str:
    for pattern in (*known.rows["to"], known.find["first_name"]):
        if match := pattern.search(text):
            return match["to"].strip()
    return ""


def _named(to: str, told: Sequence[str], language: Language) -> str:
    """ "my landlord" as Mr Okafor, "Peter and his wife" as Peter and Marisol, if a note names them; 我爸 as 爸."""
    if language == "zh":
        return re.sub(r"^我们?(?:的|家)?(?=.)", "", to)
    if match := re.match(r"(?P<first>[A-Z]\S+) and (?:his|her|their) (?P<who>\w+)$", to):
        name = _name_of(match["who"], told, near=match["first"])
        return f"{match['first']} and {name}" if name else match["first"]
    if match := re.match(r"(?:my|our|the) (?P<who>[\w'’ ]+)$", to, re.I):
        who = re.sub(r" \w+in[g']?$", "", match["who"].strip())  # "my advisor askin"
        name = _name_of(who, told)
        return name or (who.capitalize() if " " not in who else who)
    return to[:1].upper() + to[1:]


def _name_of(who: str, told: Sequence[str], near: str = "") -> str:
    """The name that a note gives to a relation: "our landlord is Mr Okafor", "Peter's wife Marisol"."""
    title = r"(?:(?:Dr|Mr|Mrs|Ms|Prof|Pastor|Father|Coach)\.? )?"
    ways = [
        rf"\b{re.escape(who)}(?:['’]s name)?(?:,? (?:is|was|called|named|is called|is named))?,? "
        rf"(?P<name>{title}[A-Z][\w'-]+(?: [A-Z][\w'-]+)?)",
        rf"\b(?P<name>{title}[A-Z][\w'-]+),? (?:is|my|our|the)(?: \w+)? ?{re.escape(who)}\b",
        rf"\b(?P<name>{re.escape(who.capitalize())} [A-Z][\w'-]+)",
    ]
    for text in told:
        if near and near not in text:
            continue
        for way in ways:
            match = re.search(way, text, 0)
            if match is None and (titled := re.search(_TITLED.format(who=re.escape(who)), text, re.I)):
                return f"{titled[1].capitalize()} {titled[2].capitalize()}"
            if match and match["name"].split()[-1].lower() not in ("i", "i'm", "my", "he", "she", "the"):
                return match["name"]
    return ""


def _sign(text: str, known: Table, facts: Sequence[Fact], told: Sequence[str]) -> str:
    match = known.find["sign"].search(text)
    if match:
        said = (match["sign"] or match["from"] or "").strip()
        if not _OWN_NAME.fullmatch(said):
            return said[:1].upper() + said[1:]
    name = next((fact.value for fact in facts if fact.key == "name" and fact.subject == "user"), "")
    if name:
        return name
    found = [match for note in told if (match := _IN_TEXT.search(note))]
    return next((one["name"] or one["zh"] for one in found if (one["name"] or one["zh"])[0].isupper() or one["zh"]), "")


def _says(text: str, known: Table, language: Language) -> Sequence[str]:
    """The sentences that the user gives, as they would write them: first letter capital, without what only asks for facts."""
    found: list[str] = []
    for pattern in known.rows["says"]:
        for match in pattern.finditer(text):
            said = _turned(known.find["asked_inside"].sub("", match["says"]), match[0]).strip(" ,，、;；。.")
            said = _ASKED_LAST.sub("", said)
            parts = [part.strip(" ,，、") for part in known.find["parts"].split(said)]
            kept = [part for part in parts if len(part) > 3 and not known.find["unsaid"].search(part)]
            if kept and not any(kept[0] in one for one in found):
                found.append(("，" if language == "zh" else ", ").join(kept))
        if found:
            break
    stop = known.write["stop"]
    return [*(_sentence(one, language) + stop for one in found), *_requests(text, language)]


def _turned(said: str, whole: str) -> str:
    """What is to be told "him", said to him: "his play" is "your play"."""
    who = re.match(r"tell(?:ing|in)? (him|her|them)\b", whole, re.I)
    forms = _THEM.get(who[1].lower(), {}) if who else {}
    for theirs, yours in forms.items():
        said = re.sub(rf"\b{theirs}\b", yours, said)
    return said


def _to_them(said: str, language: Language) -> str:
    """What somebody is to be asked, said to them: "ask him to feed the cat", 请他小声点."""
    if language == "zh":
        return re.sub(r"(?:请|让|叫|麻烦|问)(?:他|她)们?", "麻烦您", said)
    return said


def _requests(text: str, language: Language) -> Sequence[str]:
    """What the text is to ask, as sentences to whom it is for."""
    if language == "zh":
        return ()
    found = [f"Could you please {match['what'].strip()}?" for match in _ASK_TO.finditer(text)]
    for match in _ASK_IF.finditer(text):
        verb = match["verb"]
        verb = "are" if verb == "is" else _base(verb) if verb.endswith("s") and not verb.endswith("ss") else verb
        found.append(f"Could you tell me {match['how']} you {verb}{match['rest'].rstrip()}?")
    return found


def _base(verb: str) -> str:
    return {"has": "have", "does": "do", "was": "were"}.get(verb) or (
        verb[:-2] if verb.endswith(("ches", "shes", "sses", "goes")) else verb[:-1]
    )


def _sentence(said: str, language: Language) -> str:
    if language == "zh":
        return _to_them(said, language)
    said = re.sub(r"\bi\b", "I", said)
    return said[:1].upper() + said[1:]
