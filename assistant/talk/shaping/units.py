"""Hours, degrees and measures of a sentence in those that a person wants. Rounded as a person would say them."""

import re
from collections.abc import Callable

from assistant.talk.shaping.table import number

_NUM = r"(?P<a>-?\d+(?:,\d{3})*(?:\.\d+)?)(?:(?P<to>\s?(?:-|–|to|至|到|~)\s?)(?P<b>-?\d+(?:\.\d+)?))?"
_UNITS: tuple[tuple[str, str, str, Callable[[float], float]], ...] = (
    (
        "F",
        r"(?:\s?°\s?C\b|\s?℃| degrees? (?:C\b|Celsius|centigrade)| Celsius|\s?摄氏度)",
        "°F",
        lambda x: x * 9 / 5 + 32,
    ),
    ("C", r"(?:\s?°\s?F\b|\s?℉| degrees? (?:F\b|Fahrenheit)| Fahrenheit|\s?华氏度)", "°C", lambda x: (x - 32) * 5 / 9),
    ("imperial", r"\s?-?(?:km\b(?!/)|kilomet(?:re|er)s?\b|公里|千米)", " miles", lambda x: x / 1.609344),
    ("metric", r"\s?-?(?:miles?\b|英里)", " km", lambda x: x * 1.609344),
    ("imperial", r"\s?-?(?:kg\b|kilo(?:gram)?s?\b|公斤|千克)", " lb", lambda x: x / 0.45359237),
    ("metric", r"\s?-?(?:lbs?\b|pounds?\b(?! sterling)|磅)", " kg", lambda x: x * 0.45359237),
    ("metric", r"\s?-?(?:feet|foot|ft)\b", " m", lambda x: x * 0.3048),
    ("metric", r"\s?-?(?:inch(?:es)?|in\.)(?=\W|$)", " cm", lambda x: x * 2.54),
    ("imperial", r"\s?-?(?:cm\b|centimet(?:re|er)s?\b|厘米)", " inches", lambda x: x / 2.54),
)
_TWELVE = re.compile(r"(?<![\d:.])(?P<h>1[0-2]|0?[1-9])(?:[:.](?P<m>[0-5]\d))?\s?(?P<half>[ap])\.?\s?m\b\.?", re.I)
_WORDS = re.compile(
    r"(?<![\d:.])\b(?:(?P<part>half|(?:a )?quarter|ten|twenty|five) (?P<side>past|to) )?"
    r"(?P<h>one|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven"
    r"|twelve|\d{1,2})(?: o['’]?clock)? (?P<when>in the (?:morning|afternoon|evening)|at night|p\.?m\b\.?|a\.?m\b\.?)",
    re.I,
)
_ZH_TIME = re.compile(
    r"(?P<when>凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚)(?P<h>\d{1,2}|十[一二]?|[一二两三四五六七八九])"
    r"(?:[点點时](?P<half>半)?(?:(?P<m>\d{1,2})分?|(?P<q>[一三])刻)?|[:：](?P<m2>[0-5]\d))"
)
_LATER = ("下午", "傍晚", "晚上", "晚")
_PARTS = {"half": 30, "quarter": 15, "a quarter": 15, "ten": 10, "twenty": 20, "five": 5}
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d\U0001f1e6-\U0001f1ff]+ ?")
_TWENTY_FOUR = re.compile(r"(?<![\d:.])(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)(?!\s?[ap]\.?m|[\d:])", re.I)


def without_emoji(text: str) -> str:
    return _EMOJI.sub("", text)


def measured(text: str, degrees: str, units: str) -> str:
    """ "Bake at 200°C (392°F)." with degrees "F": "Bake at 392°F."; what has no number is left as it is."""
    for want, unit, name, turn in _UNITS:
        if want in (degrees, units):
            text = _turned(text, unit, name, turn)
    return text


def _turned(text: str, unit: str, name: str, turn: Callable[[float], float]) -> str:
    other = {"°F": r"\s?°?\s?F\b", "°C": r"\s?°?\s?C\b"}.get(
        name, rf"\s?(?:{name.strip()}|mi|kilomet\w+|pounds?|lbs?)\b"
    )
    both = re.compile(
        _NUM
        + unit
        + r"\s?(?:[(（]|/|\bor\b)\s?(?:about |around |approximately |roughly |≈\s?)?(?P<o>-?[\d.,–\- to]*\d"
        + other
        + r")[)）]?",
        re.I,
    )
    text = both.sub(lambda match: match["o"], text)
    text = re.sub(rf"({other})\s?[(（][^()（）]*?\d{unit}[)）]", r"\1", text, flags=re.I)

    def one(match: re.Match[str]) -> str:
        first = _rounded(turn(float(match["a"].replace(",", ""))))
        second = match["to"] + _rounded(turn(float(match["b"]))) if match["b"] else ""
        return f"{first}{second}{name}"

    return re.sub(_NUM + unit, one, text, flags=re.I)


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 20 else f"{value:.1f}".removesuffix(".0")


def in_hours(text: str, hours: int) -> str:
    """Times of day in 24 or 12 hours: "half past six in the evening" is "18:30"."""
    if hours == 12:
        return _TWENTY_FOUR.sub(
            lambda m: f"{(int(m['h']) - 1) % 12 + 1}:{m['m']} {'pm' if int(m['h']) >= 12 else 'am'}", text
        )
    if hours != 24:
        return text
    text = _WORDS.sub(_from_words, text)
    text = _TWELVE.sub(
        lambda m: f"{int(m['h']) % 12 + (12 if m['half'].lower() == 'p' else 0):02}:{m['m'] or '00'}", text
    )
    return _ZH_TIME.sub(_from_chinese, text)


def _from_words(match: re.Match[str]) -> str:
    hour, when = number(match["h"]) or 12, match["when"].lower()
    hour = 11 if match["h"].lower() == "eleven" else 12 if match["h"].lower() == "twelve" else hour
    hour = hour % 12 + (
        12 if when[0] == "p" or "afternoon" in when or "evening" in when or ("night" in when and 5 < hour < 12) else 0
    )
    minutes = _PARTS.get((match["part"] or "").lower(), 0)
    if (match["side"] or "").lower() == "to":
        hour, minutes = (hour - 1) % 24, 60 - minutes
    return f"{hour:02}:{minutes:02}"


def _from_chinese(match: re.Match[str]) -> str:
    said = match["h"]
    hour = 10 + (number(said[1]) if len(said) > 1 else 0) if said[0] == "十" else number(said)
    if hour < 12 and (match["when"] in _LATER or (match["when"] == "中午" and hour < 5)):
        hour += 12
    minutes = (
        30 if match["half"] else int(match["m"] or match["m2"] or 0) or (15 * number(match["q"]) if match["q"] else 0)
    )
    return f"{hour:02}:{minutes:02}"
