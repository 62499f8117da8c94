"""The people whom a text names: by how it introduces them, and by the names of a census; in Chinese see `chinese_names`."""

import re
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files

from memory.exchange import chinese_names
from memory.language.text import CJK

_CAP = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+(?:['’-][A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+)*"
_NAME = rf"(?P<it>{_CAP}(?: (?:(?:van|von|de|da|dos|der|la|el|bin|al) )?{_CAP}){{0,2}})"
_KIN = (
    r"mother|father|mum|mom|dad|sister|brother|son|daughter|wife|husband|partner|girlfriend|boyfriend|fianc[ée]e?|friend|aunt"
    r"|uncle|cousin|niece|nephew|grandmother|grandfather|grandma|grandpa|boss|manager|colleague|coworker|neighbou?r|teacher"
    r"|doctor|therapist|roommate|flatmate|classmate|dog|cat|puppy|kitten|baby"
)
RELATIVES = frozenset(_KIN.replace("?", "").replace("[ée]", "e").split("|"))
_PEOPLES = (
    r"(?:\w+(?:ian|ean|ican|ish|ese|ist|ic|ing)|Israeli|Iraqi|Pakistani|Bengali|Nepali|Somali|Saudi|Kuwaiti|German|Roman"
    r"|Muslim|Greek|French|Swiss|Dutch|Thai|Czech|Jew|Buddh\w*|Hindu|Sikh|Asian|Black"
    r"|White|Gen|Aries|Taurus|Gemini|Cancer|Leo|Virgo|Libra|Scorpio|Sagittarius|Capricorn|Aquarius|Pisces)"
)
"""What "I'm …" says of somebody beside their name."""
_INTRODUCED = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Aunt|Auntie|Uncle|Grandma|Grandpa|Sister|Brother|Father)"
        rf"\.? {_NAME}",
        r"\b(?i:my name is|my name's|name is|i am called|is called|are called|was called|named|nicknamed|call me"
        rf"|this is my \w+,?) {_NAME}",
        rf"\b(?i:(?:my|our|his|her|their|a|an|old|best|good|little|big|older|younger) (?:{_KIN})s?),? "
        rf"(?:called |named )?{_NAME}",
        rf"\b{_NAME}, (?i:(?:my|our|his|her|their) (?:{_KIN}))\b",
        rf"(?m:^)(?i:hi|hello|hey|dear|thanks|thank you),? {_NAME}(?=[,!.]|$)",
        rf"\b(?P<it>{_CAP}) (?:told|texted|emailed|asked|invited|messaged|visited|joined|hugged|married|helped) "
        r"(?:me|us|him|her|them)\b",
        rf"(?i:best|regards|love|yours|cheers),?\n+{_NAME}\s*$",
        rf"\bI(?:['’]m| am) (?!{_PEOPLES}\b)(?P<it>{_CAP})\b",
    )
)
ALONE = frozenset(
    """
    Will Mark May April June August Grace Hope Faith Joy Rose Bill Jack Art Gene Rich Frank Guy Dean Miles Chase Grant
    Pat Sue Penny Ivy Lily Holly Amber Ruby Pearl Jade Crystal Summer Autumn Dawn Eve Angel Destiny Trinity Harmony
    Melody Carol Robin Jay Drew Bob Nick Rob Skip Norm Buddy Baby Lady Duke Prince King Major Love Happy Star Sky
    Storm Rain Sunny Christian Christmas Georgia Virginia Carolina Florence Paris London Sydney Austin Dallas Houston
    Orlando Madison Jackson Lincoln Washington Chelsea Brooklyn Savannah Charlotte Victoria Alexandria Milan Jordan
    Chad Kenya India China Asia America Israel Ireland Holland Lane Wood Stone Forest Rocky Reed Cliff Dale Glen
    German Florida Irish French English Spanish Hang Cherish Clay Sage Basil Olive Ginger Daisy Violet Iris Heather
    Jasmine Cherry Candy Honey Brandy Sherry Porsche Mercedes Page Son See So An In My Many Long Day Man Else Ok Ha Le
    Do Else Song Sung Young Shoes Sharp Bell Ray Dorothy's
    """.split()
)
"""First names that are words or places too: standing alone they are no names, unless somebody introduced them."""
_SMALL_WORDS = frozenset(
    "ward lang queen brain chin porter meta mana delta dusty mercy aura sari china sina kasi kami tama tana".split()
)
"""And more that are words in small letters."""
_WORDS = frozenset(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August
    September October November December I It The This That These Those He She We They You And But Or So Then When What
    Why How Who Where Which If Is Are Was Were Do Does Did Can Could Would Should Will Just Also Here There Yes No Not
    Now Today Tomorrow Yesterday Please Thanks Everyone All Both Christmas Easter Hello Hi Hey Well Oh Okay Sorry Yeah Wow
    Thankfully Luckily Sadly Anyway
    """.split()
)


def people_in(text: str) -> Iterator[str]:
    """The names of people in a text, some of them more than once."""
    for pattern in _INTRODUCED:
        for match in pattern.finditer(text):
            yield _trimmed(match["it"])
    first, last = _census()
    for match in re.finditer(rf"{_CAP}(?: {_CAP})*", text):
        words = match[0].split()
        if goes_on(text, match.end()):
            words.pop()
        for at, word in enumerate(words):
            if word not in first:
                continue
            named = [word]
            next_is_family = at + 1 < len(words) and words[at + 1] in last and words[at + 1] not in ALONE
            if next_is_family and words[at + 1].casefold() not in RELATIVES:
                named.append(words[at + 1])
            if len(named) > 1 or word not in ALONE | _WORDS:
                yield " ".join(named)
    if CJK.search(text):
        yield from chinese_names.people_in(text)


def _trimmed(name: str) -> str:
    """Without words after it that are no part of a name: "Ana Monday"."""
    words = name.split()
    _, last = _census()
    while len(words) > 1 and (words[-1] in _WORDS or (words[-1] in ALONE and words[-1] not in last)):
        words.pop()
    return "" if len(words) == 1 and words[0] in _WORDS else " ".join(words)


def told_of(said: str) -> Iterator[str]:
    """The names in words that a reader takes for somebody: "my sister Ana", "gus"."""
    for word in re.findall(r"[^\W\d_一-鿿]+(?:['’-][^\W\d_一-鿿]+)*", said):
        name = re.sub(r"['’]s$", "", word)
        if len(name) > 1 and name.casefold() not in RELATIVES and name not in _WORDS and name[0].isupper():
            yield name


def goes_on(text: str, at: int) -> bool:
    """Whether the word that ends at `at` does not: "Ana" of "Anaïs", "Don" of "Don't"."""
    if text[at : at + 2] in ("'t", "’t"):
        return True
    return text[at : at + 1].isalnum() and not CJK.match(text[at - 1]) and not CJK.match(text[at])


def is_name_part(part: str, people: Collection[str]) -> bool:
    """Whether a part of a longer name tells who it is when it stands alone."""
    return part in people or (len(part) > 2 and part not in ALONE and part not in _WORDS and part[0].isupper())


def is_small_name(word: str) -> bool:
    """Whether a word in small letters is a first name and nothing else: "lola", not "rose"."""
    first, _ = _census()
    name = word.capitalize()
    return len(word) > 3 and name in first and name not in ALONE and word not in _SMALL_WORDS


@cache
def _census() -> tuple[frozenset[str], frozenset[str]]:
    """First and family names, capitalised (United States census of 1990, as the package `names` brings them)."""
    first: set[str] = set()
    for name in ("dist.female.first", "dist.male.first"):
        first |= _read(name)
    return frozenset(first), frozenset(_read("dist.all.last") - _WORDS)


def _read(name: str) -> set[str]:
    lines = files("names").joinpath(name).read_text(encoding="ascii").splitlines()
    return {line.split()[0].capitalize() for line in lines if line.strip()}
