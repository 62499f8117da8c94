"""What tells who somebody is besides their name: addresses, numbers of phones, accounts and papers, and if asked for ages and
dates. The pseudonyms of an earlier export are found too, and kept apart."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from memory.language import secrets

Kind = Literal[
    "PERSON", "NAME", "EMAIL", "URL", "HANDLE", "IP", "PHONE", "ADDRESS", "CARD", "ACCOUNT", "ID", "SECRET", "AGE", "DATE",
    "LABEL",
]  # fmt: skip
REGIONS = ("US", "GB", "CN", "DE", "FR", "PT", "ES", "IN", "AU")
"""Whose ways of writing a phone number without the country's code are known."""

_SECRETS: Mapping[str, Kind] = {
    "card number": "CARD",
    "account number": "ACCOUNT",
    "identity number": "ID",
}
LABEL = re.compile(r"\[[A-Z]+_\d+[a-z]*\]")
_ZH = r"(?:(?![我你您他她它们住在到去搬家是的了和跟就往])[一-鿿])"
_PATTERNS: Sequence[tuple[Kind, re.Pattern[str]]] = (
    ("LABEL", LABEL),
    ("EMAIL", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.A)),
    ("URL", re.compile(r"\b(?:https?://|www\.)[^\s<>\"'“”，。；）)\]]{2,2000}", re.I)),
    (
        "URL",
        re.compile(
            r"(?<![\w.@-])(?:[a-z0-9-]{2,63}\.){1,4}"
            r"(?:com|net|org|info|blog|dev|app|io|ai|me|eu|uk|de|fr|es|pt|it|nl|ca|au|jp|cn|in|xyz)(?![\w-])"
            r"(?:/[^\s<>\"'，。）)]{0,500})?",
            re.I | re.A,
        ),
    ),
    ("HANDLE", re.compile(r"(?<![\w@./])@[A-Za-z_][\w.]{2,30}(?<!\.)", re.A)),
    ("IP", re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.])")),
    ("IP", re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4}){1,4}(?![\w:])", re.I)),
    (
        "ID",
        re.compile(
            r"\b(?:account|acct|customer|member(?:ship)?|passport|licen[cs]e|policy|order|booking|case|invoice|student"
            r"|patient|employee)\s{0,3}(?:number|no\.?|id|code|#)?\s{0,3}(?:is|:|#)?\s{0,3}"
            r"(?P<it>(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{4,29})\b",
            re.I,
        ),
    ),
    (
        "ID",
        re.compile(
            r"(?:账号|帐号|卡号|工号|学号|单号|订单号|车牌号?|会员号|病历号|QQ号?|微信号?)(?:码)?"
            r"\s{0,3}(?:是|为|：|:)?\s{0,3}(?P<it>(?=[\w-]*\d)[A-Za-z0-9_-]{4,30})"
        ),
    ),
    (
        "ID",
        re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z]·?[A-Z0-9]{5,6}(?![A-Z0-9])"),
    ),
    (
        "ADDRESS",
        re.compile(
            r"\b\d{1,5}[A-Za-z]?,? (?:[NSEW]\.? )?(?:[A-Z][\w'’.-]{1,30} ){1,4}"
            r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Place|Pl|Square|Sq"
            r"|Terrace|Close|Crescent|Row|Gardens|Parkway|Highway)\b\.?"
            r"(?:,? (?:Apt|Apartment|Flat|Unit|Suite|Floor|#) ?[\w-]{1,6})?"
            r"(?:, [A-Z][\w'’-]{1,30}(?: [A-Z][\w'’-]{1,30}){0,2})?"
            r"(?:,? (?:[A-Z]{2} )?\d{5}(?:-\d{4})?|,? [A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})?"
        ),
    ),
    ("ADDRESS", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b")),
    (
        "ADDRESS",
        re.compile(
            r"\b(?:Rua|Rue|Calle|Via|Avenida|Avenue|Praça|Plaza|Platz)(?: (?:d[aeo]s?|du|des|la|del|de la))? "
            r"(?:[A-ZÀ-Ý][\w'’-]{1,30} ?){1,4},? ?(?:n\.?º? ?)?\d{1,4}[A-Za-z]?\b"
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
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
_AGES = re.compile(
    r"\b(?:I(?:'m| am)|(?:he|she|they)(?:'s| is| are)|aged?|turn(?:ed|s|ing)?)\s+(?P<it>\d{1,3})\b"
    r"(?!\s*(?:%|percent|minutes|hours|days|weeks|months|euros?|dollars?|kg|km|miles|th\b))"
    r"|\b(?P<years>\d{1,3})(?=[ -](?:years?|yrs?)[ -]olds?\b|\s?(?:yo|y/o|y\.o\.)(?!\w))"
    r"|(?P<zh>\d{1,3}|[一二三四五六七八九十]{1,3})(?=岁)",
    re.I,
)
_DATES = re.compile(
    r"\b(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:3[01]|[12]\d|0?[1-9])\b"
    r"|\b(?:3[01]|[12]\d|0?[1-9])[/.](?:0?[1-9]|1[0-2])[/.](?:19|20)?\d\d\b"
    r"|\b(?:1[0-2]|0?[1-9])[/.-](?:3[01]|[12]\d|0?[1-9])[/.-](?:19|20)\d\d\b"
    rf"|\b{_MONTH}\.?,? (?:19|20)\d\d\b|(?<=\b[Bb]orn in )(?:19|20)\d\d\b|(?:19|20)\d\d(?=年(?:出生|生))"
    rf"|\b(?:the )?(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?:,? (?:19|20)\d\d)?"
    rf"|\b{_MONTH}\.? (?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\b(?:,? (?:19|20)\d\d)?"
    r"|(?:(?:19|20)\d\d年)?(?:1[0-2]|0?[1-9])月(?:3[01]|[12]\d|0?[1-9])[日号]|(?:19|20)\d\d年(?:1[0-2]|0?[1-9])月"
)


@dataclass(frozen=True, slots=True)
class Span:
    """What stands from `start` until before `end` of a text."""

    start: int
    end: int
    kind: Kind


def identifiers_in(text: str, *, ages: bool, dates: bool) -> Iterator[Span]:
    """In no order, and overlapping."""
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
