"""Text without what tells who it is about: people, e-mail and web addresses, phone numbers, street addresses, numbers of
accounts and papers, and, if asked for, ages and dates, each replaced by a pseudonym that is the same throughout an export.

    "Ask Ana Souza (ana@mail.pt)." -> "Ask [PERSON_2] ([EMAIL_1])."        another spelling of her: [PERSON_2b]

Names are those of the profile and its people, those that a text introduces ("my friend Ana", "I'm Ana", "我叫陈晓"), titles
with what follows them, first names of the United States census with the family name after them (`people`), Chinese names that
jieba takes for such or that stand beside a title (`chinese_names`), and those that a reader hears. A text is read before any
is written, so a name that was introduced once is replaced wherever it stands. Phone numbers are those that libphonenumber
holds valid in one of REGIONS, or with their country code (`identifiers`).

Not covered: who somebody is from what is said of them ("the mayor of Porto"), places, employers, nicknames that nobody
introduces, names in other scripts, names that are also words and stand alone ("Will", "Hope") unless introduced, pictures and
files. It hides identities from whoever reads along; it is no proof against one who knows the person.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from string import ascii_lowercase

from memory.exchange.chinese_names import given_name, is_family_name
from memory.exchange.identifiers import LABEL, Kind, Span, identifiers_in
from memory.exchange.people import ALONE, goes_on, is_name_part, people_in
from memory.exchange.proper_names import ProperNames, is_usual
from memory.language.text import CJK


@dataclass
class Anonymiser:
    """`learn` every text, then `replace` each. `names` are known to be people's; the first is the user."""

    names: Sequence[str] = ()
    ages: bool = False
    dates: bool = False
    key: dict[str, str] = field(default_factory=dict)
    """What stands for what: {"[PERSON_1]": "Mei"}; with it `reveal` brings a text back."""
    counts: dict[str, int] = field(default_factory=dict)
    """How often a kind was replaced."""
    _proper: ProperNames = field(default_factory=ProperNames)
    _people: dict[str, None] = field(default_factory=dict)
    _labels: dict[tuple[Kind, str], str] = field(default_factory=dict)
    _numbers: dict[Kind, int] = field(default_factory=dict)
    _person_of: dict[str, int] = field(default_factory=dict)
    _forms: dict[int, int] = field(default_factory=dict)
    _known: Mapping[str, Sequence[str]] | None = None
    """The names by their first word, or by their first sign if it is Chinese; the longest first."""

    def __post_init__(self) -> None:
        for name in self.names:
            self.meet(name)

    def learn(self, text: str) -> None:
        """Note whom a text names."""
        for name in people_in(text):
            self.meet(name)
        self._proper.learn(text)

    def meet(self, name: str) -> None:
        """Note a name that somebody is known by."""
        name = " ".join(name.split())
        if name and name not in self._people:
            self._people[name] = None
            self._known = None

    def replace(self, text: str) -> str:
        """`text` with pseudonyms. Call it when all has been learned."""
        spans = [*self._named(text), *identifiers_in(text, ages=self.ages, dates=self.dates)]
        spans += [Span(start, end, "NAME") for start, end in self._proper.in_text(text)]
        kept: list[Span] = []
        for span in sorted(spans, key=lambda one: (one.start, -one.end)):
            if not kept or span.start >= kept[-1].end:
                kept.append(span)
            elif span.end > kept[-1].end:  # what overlaps is hidden as one
                kept[-1] = Span(kept[-1].start, span.end, kept[-1].kind)
        pieces, at = list[str](), 0
        for span in kept:
            pieces += [text[at : span.start], self._label(span.kind, text[span.start : span.end])]
            self.counts[span.kind] = self.counts.get(span.kind, 0) + 1
            at = span.end
        return "".join([*pieces, text[at:]])

    def person(self, name: str) -> str:
        """What stands for somebody who is known to be one, whatever else the name may mean."""
        return self._label("PERSON", name)

    def _named(self, text: str) -> Iterator[Span]:
        known = self._known = self._known or self._by_first_word()
        end = 0
        for match in _WORD.finditer(text):
            if match.start() < end:
                continue
            for name in known.get(match[0].lower(), ()):
                said = text[match.start() : match.start() + len(name)]
                if said.lower() == name.lower() and not goes_on(text, match.start() + len(name)):
                    small = said.casefold() in self._sure or (len(said) > 2 and not is_usual(said.casefold()))
                    chinese = CJK.search(said) and (len(said) > 1 or is_family_name(text, match.start()))
                    if said[:1].isupper() or chinese or small:
                        end = match.start() + len(name)
                        yield Span(match.start(), end, "PERSON")
                    break

    def _by_first_word(self) -> Mapping[str, Sequence[str]]:
        parts = {part for name in self._people for part in name.split() if is_name_part(part, self._people)}
        parts |= {given for name in self._people if (given := given_name(name))}
        known: dict[str, list[str]] = {}
        for name in sorted({*self._people, *parts}, key=len, reverse=True):
            begins = _WORD.match(name)
            if begins:
                known.setdefault(begins[0].lower(), []).append(name)
        return known

    @cached_property
    def _sure(self) -> frozenset[str]:
        """Names that are so also in lower case: the given ones, if they are no word."""
        return frozenset(name.casefold() for name in self.names if name.capitalize() not in ALONE)

    def _label(self, kind: Kind, found: str) -> str:
        label = self._labels.get((kind, found))
        if label is None:
            label = f"[{kind}_{self._person(found) if kind == 'PERSON' else self._next(kind)}]"
            self._labels[kind, found] = label
            self.key[label] = found
        return label

    def _next(self, kind: Kind) -> int:
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def _person(self, found: str) -> str:
        """A person's number, with a letter for each further way in which they are written."""
        whole = self._whole(found)
        number = self._person_of.setdefault(whole, 0) or self._next("PERSON")
        self._person_of[whole] = number
        form = self._forms[number] = self._forms.get(number, -1) + 1
        return f"{number}{_letters(form)}"

    def _whole(self, found: str) -> str:
        """The longest name that `found` is the first or last part of, if there is only one such; else itself."""
        name = found.casefold()
        of = [
            known.casefold()
            for known in self._people
            if given_name(known) == found or (" " in known and name in known.casefold().split())
        ]
        return of[0] if len(set(of)) == 1 else name


_WORD = re.compile(r"[一-鿿]|[^\W一-鿿]+")


def reveal(text: str, key: Mapping[str, str]) -> str:
    """What `replace` made anonymous, as it was."""
    return LABEL.sub(lambda match: key.get(match[0], match[0]), text)


def _letters(number: int) -> str:
    """Nothing, b, c … z, then bb, bc …"""
    letters = ""
    while number:
        number, rest = divmod(number, 26)
        letters = ascii_lowercase[rest] + letters
    return letters
