"""Secrets in a text: what must not be kept where it could come up again.

Covers: private keys, tokens and API keys of common forms, what is called a password, a PIN or a key and followed by it, card numbers (with
the right check digit), bank accounts (IBAN, checked), the identity numbers of China (checked) and the United States, and
what is called a passport or licence number. Does not cover: a secret that is only known to be one ("the word is
swordfish").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Secret:
    """Where in the text, from `start` until before `end`, and what it is, in words for a person."""

    start: int
    end: int
    kind: str


_PATTERNS: Sequence[tuple[str, re.Pattern[str]]] = tuple(
    (kind, re.compile(pattern.replace(r"\s*", r"\s{0,9}"), re.I | re.S))  # bounded, or blanks after a word take seconds
    for kind, pattern in (
        ("private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"),
        (
            "API key",
            r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}\b|\bgithub_pat_\w{20,}"
            r"|\bAKIA[0-9A-Z]{12,}\b|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAIza[0-9A-Za-z_-]{30,}|\bhf_[A-Za-z0-9]{20,}|\bglpat-[\w-]{16,}"
            r"|\beyJ[\w-]{8,500}\.[\w-]{8,2000}\.[\w-]{8,500}|\b(?:whsec|npm|sq0\w{3})_[A-Za-z0-9]{16,}|\bya29\.[\w-]{20,}|\bSG\.[\w-]{16,}|\b\d{8,10}:AA[\w-]{30,}",
        ),
        (
            "API key",
            r"(?:api[ _-]?key|secret[ _-]?key|access[ _-]?(?:key|token)|auth[ _-]?token|token|密钥|令牌)\W{0,3}(?:is|are|=|:|是|为|：)?\s*[\"'“]?(?P<secret>(?=\S{0,200}\d)[\w.\-/+=]{8,300})",
        ),
        ("password", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{1,100}:(?P<secret>[^\s@/]{1,200})@"),
        ("password", r"\b(?:authorization:\s*)?bearer\s+(?P<secret>(?=\S{0,200}\d)[\w.\-/+=~]{12,2000})"),
        ("password", r"\bAccountKey=(?P<secret>[\w/+=]{16,300})"),
        (
            "password",
            r"\b(?:pass(?:word|code|phrase)?|pwd|pw|pin(?: code| number)?|cvv|cvc)\b(?:\s+(?:for|to|of|on|I use)\s+(?:\S{1,40}\s+){1,4}?)?(?:['’]s|\s*(?:\bis\b|=|:|：|\bare\b))\s*[\"'“]?"
            r"(?!(?:wrong|not|required|incorrect|weak|strong|too|expired|invalid|correct|the|a|an|my|your|very|so|still|only|what|needed|missing|forgotten|safe|secure|changed|reset|being|never|always|on|in|here|there|to|it)\b)(?P<secret>[^\s\"'”,，。]{3,100})",
        ),
        ("password", r"\b(?:password|passcode|pwd|pin|cvv)\s+(?P<secret>(?=[^\s,，。]{0,60}\d)[^\s\"'”,，。]{3,60})"),
        (
            "password",
            r"(?:密码|口令|验证码|\bPIN(?:码|(?![A-Za-z])))\s*(?:就?是|为|=|:|：|改成了?|设成了?)?\s*[\"'“]?(?P<secret>(?=[^\s,，。]{0,60}[A-Za-z0-9])[A-Za-z0-9!@#$%^&*_.\-]{3,60})",
        ),
        ("identity number", r"\b(?!000|666|9\d\d)\d{3}([- ])(?!00)\d\d\1(?!0000)\d{4}\b"),
        (
            "identity number",
            r"(?:passport|driver'?s? licen[cs]e|social security|ssn|national id|identity card|id card|tax id)\b(?:\s+(?:number|no\.?|#))?\s*(?:is|=|:|#)?\s*(?P<secret>(?=[\w-]*\d)[\w-]{6,})",
        ),
        (
            "identity number",
            r"(?:护照|身份证|驾照|社保|证件)(?:号码?|编号)?\s*(?:是|为|=|:|：)?\s*(?P<secret>(?=[\w-]*\d)[A-Za-z0-9-]{6,})",
        ),
    )
)
_DIGITS = re.compile(r"(?<![\w.])\d(?:[ .-]?\d){11,18}(?![\w])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_CHINESE_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")


def find(text: str) -> Sequence[Secret]:
    """The secrets in `text`, in their order, none overlapping."""
    found: list[Secret] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            group = "secret" if "secret" in pattern.groupindex else 0
            found.append(Secret(*match.span(group), kind))
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
