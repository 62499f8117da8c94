"""Text without what tells who it is about: people, e-mail and web addresses, phone numbers, street addresses, numbers of
accounts and papers, and, if asked for, ages and dates, each replaced by a pseudonym that is the same throughout an export.

    "Ask Ana Souza (ana@mail.pt)." -> "Ask [PERSON_2] ([EMAIL_1])."        another spelling of her: [PERSON_2b]

Names are those of the profile and its people, those that a text introduces ("my friend Ana", "I'm Ana", "我叫陈晓"), titles with
what follows them, first names of the United States census with the family name after them, and Chinese names that jieba
knows for such and that begin with a family name. A text is read before any is written, so a name that was introduced once is
replaced wherever it stands. Phone numbers are those that libphonenumber holds valid in REGIONS, or with their country code.

Not covered: who somebody is from what is said of them ("the mayor of Porto"), places, employers, nicknames that nobody
introduces, names in other scripts, names that are also words and stand alone ("Will", "Hope") unless introduced, pictures and
files. It hides identities from whoever reads along; it is no proof against one who knows the person.
"""

import logging
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from string import ascii_lowercase
from typing import Literal

from memory.language import secrets
from memory.language.text import CJK

Kind = Literal[
    "PERSON",
    "EMAIL",
    "URL",
    "HANDLE",
    "IP",
    "PHONE",
    "ADDRESS",
    "CARD",
    "ACCOUNT",
    "ID",
    "SECRET",
    "AGE",
    "DATE",
    "LABEL",
]
REGIONS = ("US", "GB", "CN", "DE", "FR", "PT", "ES", "IN", "AU")
"""Whose ways of writing a phone number without the country's code are known."""

_SECRETS: Mapping[str, Kind] = {
    "card number": "CARD",
    "account number": "ACCOUNT",
    "identity number": "ID",
}
_LABEL = re.compile(r"\[[A-Z]+_\d+[a-z]*\]")
_ZH = r"(?:(?![我你您他她它们住在到去搬家是的了和跟就往])[一-鿿])"
_PATTERNS: Sequence[tuple[Kind, re.Pattern[str]]] = (
    ("LABEL", _LABEL),
    ("EMAIL", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.A)),
    ("URL", re.compile(r"\b(?:https?://|www\.)[^\s<>\"'“”，。；）)\]]{2,2000}", re.I)),
    (
        "URL",
        re.compile(
            r"(?<![\w.@-])(?:[a-z0-9-]{2,63}\.){1,4}(?:com|net|org|info|blog|dev|app|io|ai|me|eu|uk|de|fr|es|pt|it|nl|ca|au|jp|cn|in|xyz)(?![\w-])(?:/[^\s<>\"'，。）)]{0,500})?",
            re.I | re.A,
        ),
    ),
    ("HANDLE", re.compile(r"(?<![\w@./])@[A-Za-z_][\w.]{2,30}(?<!\.)", re.A)),
    ("IP", re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.])")),
    ("IP", re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4}){1,4}(?![\w:])", re.I)),
    (
        "ID",
        re.compile(
            r"\b(?:account|acct|customer|member(?:ship)?|passport|licen[cs]e|policy|order|booking|case|invoice|student|patient|"
            r"employee)\s{0,3}(?:number|no\.?|id|code|#)?\s{0,3}(?:is|:|#)?\s{0,3}(?P<it>(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{4,29})\b",
            re.I,
        ),
    ),
    (
        "ID",
        re.compile(
            r"(?:账号|帐号|卡号|工号|学号|单号|订单号|车牌号?|会员号|病历号|QQ号?|微信号?)(?:码)?\s{0,3}(?:是|为|：|:)?\s{0,3}(?P<it>(?=[\w-]*\d)[A-Za-z0-9_-]{4,30})"
        ),
    ),
    (
        "ID",
        re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z]·?[A-Z0-9]{5,6}(?![A-Z0-9])"),
    ),
    (
        "ADDRESS",
        re.compile(
            r"\b\d{1,5}[A-Za-z]?,? (?:[NSEW]\.? )?(?:[A-Z][\w'’.-]{1,30} ){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard"
            r"|Blvd|Way|Court|Ct|Place|Pl|Square|Sq|Terrace|Close|Crescent|Row|Gardens|Parkway|Highway)\b\.?"
            r"(?:,? (?:Apt|Apartment|Flat|Unit|Suite|Floor|#) ?[\w-]{1,6})?(?:, [A-Z][\w'’-]{1,30}(?: [A-Z][\w'’-]{1,30}){0,2})?"
            r"(?:,? (?:[A-Z]{2} )?\d{5}(?:-\d{4})?|,? [A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})?"
        ),
    ),
    ("ADDRESS", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b")),
    (
        "ADDRESS",
        re.compile(
            r"\b(?:Rua|Rue|Calle|Via|Avenida|Avenue|Praça|Plaza|Platz)(?: (?:d[aeo]s?|du|des|la|del|de la))? (?:[A-ZÀ-Ý][\w'’-]{1,30} ?){1,4},? ?(?:n\.?º? ?)?\d{1,4}[A-Za-z]?\b"
        ),
    ),
    ("ADDRESS", re.compile(r"\b[A-ZÄÖÜ][a-zäöüß-]{2,30}(?:straße|strasse|weg|platz|allee|gasse) \d{1,4}[a-z]?\b")),
    (
        "ADDRESS",
        re.compile(
            rf"(?:{_ZH}{{2,8}}?(?:省|自治区))?(?:{_ZH}{{2,8}}?市)?(?:{_ZH}{{1,8}}?[区县镇乡])?(?:{_ZH}{{1,8}}?(?:小区|花园|公寓|村))?"
            rf"(?:{_ZH}|\d){{1,10}}?(?:路|街|道|巷|胡同|弄|大街)\d{{1,5}}号?(?:院)?(?:[\dA-Za-z一-鿿]{{1,4}}(?:号楼|栋|幢|座|楼))?"
            r"(?:[\d一-鿿]{1,3}单元)?(?:\d{1,5}(?:室|房|号)?)?"
        ),
    ),
)
_MONTH = r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
_AGES = re.compile(
    r"\b(?:I(?:'m| am)|(?:he|she|they)(?:'s| is| are)|aged?|turn(?:ed|s|ing)?)\s+(?P<it>\d{1,3})\b(?!\s*(?:%|percent|minutes|hours|days|weeks|"
    r"months|euros?|dollars?|kg|km|miles|th\b))|\b(?P<years>\d{1,3})(?=[ -](?:years?|yrs?)[ -]olds?\b|\s?(?:yo|y/o|y\.o\.)(?!\w))|(?P<zh>\d{1,3}|[一二三四五六七八九十]{1,3})(?=岁)",
    re.I,
)
_DATES = re.compile(
    rf"\b(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:3[01]|[12]\d|0?[1-9])\b|\b(?:3[01]|[12]\d|0?[1-9])[/.](?:0?[1-9]|1[0-2])[/.](?:19|20)?\d\d\b"
    r"|\b(?:1[0-2]|0?[1-9])[/.-](?:3[01]|[12]\d|0?[1-9])[/.-](?:19|20)\d\d\b"
    rf"|\b{_MONTH}\.?,? (?:19|20)\d\d\b|(?<=\b[Bb]orn in )(?:19|20)\d\d\b|(?:19|20)\d\d(?=年(?:出生|生))"
    rf"|\b(?:the )?(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?:,? (?:19|20)\d\d)?"
    rf"|\b{_MONTH}\.? (?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\b(?:,? (?:19|20)\d\d)?"
    r"|(?:(?:19|20)\d\d年)?(?:1[0-2]|0?[1-9])月(?:3[01]|[12]\d|0?[1-9])[日号]|(?:19|20)\d\d年(?:1[0-2]|0?[1-9])月"
)
_CAP = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+(?:['’-][A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+)*"
_NAME = rf"(?P<it>{_CAP}(?: (?:(?:van|von|de|da|dos|der|la|el|bin|al) )?{_CAP}){{0,2}})"
_KIN = (
    r"mother|father|mum|mom|dad|sister|brother|son|daughter|wife|husband|partner|girlfriend|boyfriend|fianc[ée]e?|friend|aunt|uncle|"
    r"cousin|niece|nephew|grandmother|grandfather|grandma|grandpa|boss|manager|colleague|coworker|neighbou?r|teacher|doctor|therapist|"
    r"roommate|flatmate|classmate|dog|cat|puppy|kitten|baby"
)
RELATIVES = frozenset(_KIN.replace("?", "").replace("[ée]", "e").split("|"))
_KIN_ZH = "妻子|丈夫|老公|老婆|儿子|女儿|哥哥|姐姐|弟弟|妹妹|爸爸|妈妈|父亲|母亲|朋友|闺蜜|同事|同学|室友|邻居|老板|经理|男友|女友|男朋友|女朋友"
RELATIVE_ZH = re.compile(rf"^(?:{_KIN_ZH})(?=[一-鿿])")
_PEOPLES = (
    r"(?:\w+(?:ian|ean|ican|ish|ese|ist|ic|ing)|Israeli|Iraqi|Pakistani|Bengali|Nepali|Somali|Saudi|Kuwaiti|German|Roman|Muslim|Greek|French|Swiss|Dutch|Thai|Czech|Jew|Buddh\w*|Hindu|Sikh|Asian|Black"
    r"|White|Gen|Aries|Taurus|Gemini|Cancer|Leo|Virgo|Libra|Scorpio|Sagittarius|Capricorn|Aquarius|Pisces)"
)
"""What "I'm …" says of somebody beside their name."""
_INTRODUCED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Aunt|Auntie|Uncle|Grandma|Grandpa|Sister|Brother|Father)\.? {_NAME}",
        rf"\b(?i:my name is|my name's|name is|i am called|is called|are called|was called|named|nicknamed|call me|this is my \w+,?) {_NAME}",
        rf"\b(?i:(?:my|our|his|her|their|a|an|old|best|good|little|big|older|younger) (?:{_KIN})s?),? (?:called |named )?{_NAME}",
        rf"\b{_NAME}, (?i:(?:my|our|his|her|their) (?:{_KIN}))\b",
        rf"(?m:^)(?i:hi|hello|hey|dear|thanks|thank you),? {_NAME}(?=[,!.]|$)",
        rf"\b(?P<it>{_CAP}) (?:told|texted|emailed|asked|invited|messaged|visited|joined|hugged|married|helped) (?:me|us|him|her|them)\b",
        rf"(?i:best|regards|love|yours|cheers),?\n+{_NAME}\s*$",
        rf"\bI(?:['’]m| am) (?!{_PEOPLES}\b)(?P<it>{_CAP})\b",
    )
)
_INTRODUCED_ZH = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:我叫|我是叫|名叫|名字是|名字叫|名为|叫做|人称)(?P<it>[一-鿿]{2,4}?)(?=[，。,.！!？?、；的和\s]|$)",
        rf"(?:{_KIN_ZH})(?:叫|是)(?P<it>[一-鿿]{2, 4}?)(?=[，。,.！!？?、；的和\s]|$)",
        r"(?P<it>[一-鿿](?:[一-鿿]{1,2})?)(?:先生|女士|小姐|老师|医生|大夫|教授|经理|总监|主任|律师|师傅|同学|阿姨|叔叔|奶奶|爷爷)",
        r"(?<![一-鿿])(?P<it>[小老阿][一-鿿])(?=[，,：:]|说|和|跟|也|在|给|让|把)",
    )
)
_ALONE = frozenset(
    """
    Will Mark May April June August Grace Hope Faith Joy Rose Bill Jack Art Gene Rich Frank Guy Dean Miles Chase Grant Pat Sue Penny
    Ivy Lily Holly Amber Ruby Pearl Jade Crystal Summer Autumn Dawn Eve Angel Destiny Trinity Harmony Melody Carol Robin Jay Drew Bob Nick
    Rob Skip Norm Buddy Baby Lady Duke Prince King Major Love Happy Star Sky Storm Rain Sunny Christian Christmas Georgia Virginia Carolina
    Florence Paris London Sydney Austin Dallas Houston Orlando Madison Jackson Lincoln Washington Chelsea Brooklyn Savannah Charlotte Victoria
    Alexandria Milan Jordan Chad Kenya India China Asia America Israel Ireland Holland Lane Wood Stone Forest Rocky Reed Cliff Dale Glen
    German Florida Irish French English Spanish Hang Cherish Clay Sage Basil Olive Ginger Daisy Violet Iris Heather Jasmine Cherry Candy Honey Brandy Sherry Porsche Mercedes Page Son See So An In My
    Many Long Day Man Else Ok Ha Le Do Else Song Sung Young Shoes Sharp Bell Ray Dorothy's
    """.split()
)
"""First names that are words or places too: alone they are no name, unless somebody introduced them."""
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅"
    "皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘"
    "缪干解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚程嵇邢裴陆荣翁荀羊惠甄曲封芮储靳段焦巴弓牧侯班仰仲宫宁仇栾甘厉戎祖武符刘景詹束龙叶司韶郜黎薄白怀蒲鄂索赖卓蔺屠蒙池乔闻党翟谭贡劳"
    "申扶堵冉宰桑桂濮牛寿通边扈燕冀尚农温庄晏柴瞿阎慕连茹习艾容向古易廖庾终居衡步都耿满弘匡国文寇广禄东欧沃利蔚越隆师巩聂晁勾敖融冷辛阚那简饶曾关肖涂岳覃游凡"
)
_HONORED_BY = ("这位", "那位", "一位", "各位")


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int
    kind: Kind


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
    _people: dict[str, None] = field(default_factory=dict)
    _labels: dict[tuple[Kind, str], str] = field(default_factory=dict)
    _numbers: dict[Kind, int] = field(default_factory=dict)
    _person_of: dict[str, int] = field(default_factory=dict)
    _forms: dict[int, int] = field(default_factory=dict)
    _known: Mapping[str, Sequence[str]] | None = None
    """The names by their first word, or by their first sign if it is Chinese; the longest first."""

    def __post_init__(self) -> None:
        for name in self.names:
            self._meet(name)

    def learn(self, text: str) -> None:
        """Note whom a text names."""
        for name in _people_in(text):
            self._meet(name)

    def replace(self, text: str) -> str:
        """`text` with pseudonyms. Call it when all has been learned."""
        spans = [*self._named(text), *_things_in(text, ages=self.ages, dates=self.dates)]
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

    def _meet(self, name: str) -> None:
        name = " ".join(name.split())
        if name and name not in self._people:
            self._people[name] = None
            self._known = None

    def _named(self, text: str) -> Iterator[Span]:
        known = self._known = self._known or self._by_first_word()
        end = 0
        for match in _WORD.finditer(text):
            if match.start() < end:
                continue
            for name in known.get(match[0].lower(), ()):
                said = text[match.start() : match.start() + len(name)]
                if said.lower() == name.lower() and not _goes_on(text, match.start() + len(name)):
                    if said[:1].isupper() or CJK.search(said) or said.casefold() in self._sure:
                        end = match.start() + len(name)
                        yield Span(match.start(), end, "PERSON")
                    break

    def _by_first_word(self) -> Mapping[str, Sequence[str]]:
        parts = {part for name in self._people for part in name.split() if _is_name_part(part, self._people)}
        known: dict[str, list[str]] = {}
        for name in sorted({*self._people, *parts}, key=len, reverse=True):
            begins = _WORD.match(name)
            if begins:
                known.setdefault(begins[0].lower(), []).append(name)
        return known

    @cached_property
    def _sure(self) -> frozenset[str]:
        """Names that are so also in lower case: the given ones, if they are no word."""
        return frozenset(name.casefold() for name in self.names if name.capitalize() not in _ALONE)

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
        of = [known.casefold() for known in self._people if name in known.casefold().split() and " " in known]
        return of[0] if len(set(of)) == 1 else name


_WORD = re.compile(r"[一-鿿]|[^\W一-鿿]+")


def _goes_on(text: str, at: int) -> bool:
    """Whether the word that ends at `at` does not: "Ana" of "Anaïs", "Don" of "Don't"."""
    if text[at : at + 2] in ("'t", "’t"):
        return True
    return text[at : at + 1].isalnum() and not CJK.match(text[at - 1]) and not CJK.match(text[at])


def reveal(text: str, key: Mapping[str, str]) -> str:
    """What `replace` made anonymous, as it was."""
    return _LABEL.sub(lambda match: key.get(match[0], match[0]), text)


def _things_in(text: str, *, ages: bool, dates: bool) -> Iterator[Span]:
    for kind, pattern in _PATTERNS:
        yield from _spans(pattern, text, kind)
    for secret in secrets.find(text):
        yield Span(secret.start, secret.end, _SECRETS.get(secret.kind, "SECRET"))
    if sum(sign.isdigit() for sign in text) >= 7:
        yield from _phones(text)
    if ages:
        yield from _spans(_AGES, text, "AGE")
    if dates:
        yield from _spans(_DATES, text, "DATE")


def _spans(pattern: re.Pattern[str], text: str, kind: Kind) -> Iterator[Span]:
    for match in pattern.finditer(text):
        named = [name for name in pattern.groupindex if match[name] is not None]
        start, end = match.span(named[0] if named else 0)
        if end > start:
            yield Span(start, end, kind)


def _phones(text: str) -> Iterator[Span]:
    import phonenumbers  # 0.1 s to import, and seldom needed

    for region in REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(text, region, max_tries=1_000):
            yield Span(match.start, match.end, "PHONE")


def _people_in(text: str) -> Iterator[str]:
    for pattern in _INTRODUCED:
        for match in pattern.finditer(text):
            yield _trimmed(match["it"])
    first, last = _census()
    for match in re.finditer(rf"{_CAP}(?: {_CAP})*", text):
        words = match[0].split()
        if _goes_on(text, match.end()):
            words.pop()
        for at, word in enumerate(words):
            if word not in first:
                continue
            named = [word]
            if at + 1 < len(words) and words[at + 1] in last and words[at + 1] not in _ALONE:
                named.append(words[at + 1])
            if len(named) > 1 or word not in _ALONE | _WORDS:
                yield " ".join(named)
    if CJK.search(text):
        yield from _chinese_people_in(text)


def _chinese_people_in(text: str) -> Iterator[str]:
    for pattern in _INTRODUCED_ZH:
        for match in pattern.finditer(text):
            name = match["it"]
            if pattern is not _INTRODUCED_ZH[2] or name[0] in _SURNAMES:
                yield name
    for name, tag in _tagged(text):
        if tag.startswith("nr") and 2 <= len(name) <= 4 and name[0] in _SURNAMES and all(map(CJK.match, name)):
            yield name


def _tagged(text: str) -> Iterator[tuple[str, str]]:
    import jieba.posseg  # its tables are read at the first use

    jieba.setLogLevel(logging.WARNING)

    for found in jieba.posseg.cut(text):
        yield found.word, found.flag


def _trimmed(name: str) -> str:
    """Without words after it that are no part of a name: "Ana Monday"."""
    words = name.split()
    _, last = _census()
    while len(words) > 1 and (words[-1] in _WORDS or (words[-1] in _ALONE and words[-1] not in last)):
        words.pop()
    return "" if len(words) == 1 and words[0] in _WORDS else " ".join(words)


_WORDS = frozenset(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September October November
    December I It The This That These Those He She We They You And But Or So Then When What Why How Who Where Which If Is Are Was Were Do Does
    Did Can Could Would Should Will Just Also Here There Yes No Not Now Today Tomorrow Yesterday Please Thanks Everyone All Both Christmas Easter
    """.split()
)


def _is_name_part(part: str, people: Collection[str]) -> bool:
    """Whether a part of a longer name tells who it is when it stands alone."""
    return part in people or (len(part) > 2 and part not in _ALONE and part not in _WORDS and part[0].isupper())


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


def _letters(number: int) -> str:
    """Nothing, b, c … z, then bb, bc …"""
    letters = ""
    while number:
        number, rest = divmod(number, 26)
        letters = ascii_lowercase[rest] + letters
    return letters
