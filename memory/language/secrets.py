"""Secrets in a text: what must not be kept where it could come up again.

Covers: private keys, tokens and API keys of common forms, what is called a password, a PIN or a key and followed by it,
card numbers (with the right check digit), bank accounts (IBAN, checked), the identity numbers of China (checked) and the
United States, and what is called a passport or licence number. Does not cover: a secret that is only known to be one ("the
word is swordfish").

Numbers that can be checked are found by code; what a form or a word tells is data (`shared/secrets.toml` and each
language's).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from memory.language import lexicon


@dataclass(frozen=True, slots=True)
class Secret:
    """Where in the text, from `start` until before `end`, and what it is, in words for a person."""

    start: int
    end: int
    kind: str


_AMERICAN_ID = re.compile(r"\b(?!000|666|9\d\d)\d{3}([- ])(?!00)\d\d\1(?!0000)\d{4}\b")
_DIGITS = re.compile(r"(?<![\w.])\d(?:[ .-]?\d){11,18}(?![\w])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_CHINESE_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")


@cache
def _patterns() -> Sequence[tuple[str, re.Pattern[str]]]:
    """What a form or a word tells, of every language; of two that find the same the first says what it is."""
    of_all = (lexicon.shared(), *lexicon.languages())
    return [(one.name, words.compile(one)) for words in of_all for one in words.entries if one.kind == "secret"]


def find(text: str) -> Sequence[Secret]:
    """The secrets in `text`, in their order, none overlapping."""
    found: list[Secret] = []
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            group = "secret" if "secret" in pattern.groupindex else 0
            found.append(Secret(*match.span(group), kind))
    found += [Secret(*match.span(), "identity number") for match in _AMERICAN_ID.finditer(text)]
    found += [
        Secret(*match.span(), "identity number") for match in _CHINESE_ID.finditer(text) if _is_chinese_id(match[0])
    ]
    found += [Secret(*match.span(), "card number") for match in _DIGITS.finditer(text) if _is_card(match[0])]
    found += [Secret(*match.span(), "account number") for match in _IBAN.finditer(text) if _is_iban(match[0])]
    apart: list[Secret] = []
    for secret in sorted(found, key=lambda one: (one.start, -one.end)):
        if not apart or secret.start >= apart[-1].end:
            apart.append(secret)
    return apart


def hide(text: str, found: Sequence[Secret]) -> str:
    """`text` with "[password]" and the like in the place of each secret."""
    for secret in reversed(found):
        text = f"{text[: secret.start]}[{secret.kind}]{text[secret.end :]}"
    return text


def _is_card(written: str) -> bool:
    """ISO/IEC 7812-1, annex B (Luhn)."""
    digits = [int(sign) for sign in written if sign.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _is_iban(written: str) -> bool:
    """ISO 13616: the remainder of 97 is 1."""
    plain = written.replace(" ", "")
    turned = plain[4:] + plain[:4]
    return 15 <= len(plain) <= 34 and int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def _is_chinese_id(written: str) -> bool:
    """GB 11643-1999."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(sign) * weight for sign, weight in zip(written, weights, strict=False))
    return "10X98765432"[total % 11] == written[-1].upper()
