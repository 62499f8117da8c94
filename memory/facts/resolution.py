"""How what is claimed changes what is held: pure decisions about rows, inside the caller's transaction.

claim "ends"       what it names no longer holds
claim "corrected"  a wrong value is denied and the right one takes its place, or its fact goes to another person
any other          one that is held already is said once more; what contradicts it is superseded; else it is new

What was said or set later stands: an older claim, as an import brings it, ends nothing of it and becomes history at once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from sqlmodel import Session

from memory.facts import vocabulary
from memory.language import times
from memory.language.claims import USER, Claim
from memory.language.lexicon import joined
from memory.language.text import CJK
from memory.storage.rows import Rows
from memory.storage.tables import FactRow, new_id, utc_now
from memory.types import Fact, FactOrigin

SAME = 0.75
"""Two values that share so much of their words are one."""
TASTES = ("likes", "dislikes", "interests")
_BESIDE = dict.fromkeys(TASTES, TASTES) | {"job": ("employer",)}
"""The other keys whose facts a new one can change (`_gives_way`)."""
_CAN_END = (
    "likes", "dislikes", "interests", "diet", "job", "employer", "school", "studies", "home", "possessions", "plans", "goals",
    "schedule", "people", "pets", "allergies", "languages", "style", "relationship", "skills", "health",
)  # fmt: skip


class Change:
    """What one message, or one act of the user, changes: facts brought and facts ended, under one id."""

    def __init__(
        self,
        session: Session,
        user_id: str,
        origin: FactOrigin = "set",
        message_id: str | None = None,
        at: datetime | None = None,
        also_from: str | None = None,
    ) -> None:
        self.session, self.user_id, self.origin, self.message_id = session, user_id, origin, message_id
        self.also_from = also_from
        self.at = (at or utc_now()).astimezone(UTC)
        self.id = new_id()
        self.rows: list[FactRow] = []

    def bring(self, key: str, value: str, **more: object) -> FactRow:
        row = FactRow(
            user_id=self.user_id, key=key, value=value, origin=self.origin, message_id=self.message_id,
            also_from=self.also_from, valid_from=self.at,
            recorded_at=utc_now(), last_said_at=self.at, change_id=self.id,
        )  # fmt: skip
        for name, given in more.items():
            setattr(row, name, given)
        self.session.add(row)
        self.session.flush()
        self.rows.append(row)
        return row

    def end(self, row: FactRow, status: str = "superseded") -> None:
        row.status, row.valid_to, row.ended_by = status, self.at, self.id
        self.session.add(row)
        self.rows.append(row)


@dataclass(slots=True)
class KnownFacts:
    """What a profile holds, read once for all that one transaction learns."""

    rows: list[FactRow]


def resolve(change: Change, claim: Claim, known: Sequence[FactRow]) -> None:
    """Bring a claim of the user's into the profile, given what holds and what was denied."""
    active = [row for row in known if row.status == "active"]
    about = [row for row in active if row.subject == claim.subject]
    if claim.ends:
        for row in earlier(about, change.at):
            negative = row.polarity < 0 or row.key in ("allergies", "health")
            if row.key in _CAN_END and negative == (claim.polarity < 0) and names(row.value, claim.value):
                change.end(row)
    elif claim.key == "corrected":
        _correct(change, claim, earlier(active, change.at))
    elif not any(row.status == "rejected" and _denied(row, claim) for row in known):
        _bring(change, claim, about)


def _denied(row: FactRow, claim: Claim) -> bool:
    """Whether this, which the user has said is wrong, was learned from the same words."""
    same = (row.subject, row.key, row.quote) == (claim.subject, claim.key, claim.quote)
    return same and alike(row.value, claim.value)


def earlier(rows: Sequence[FactRow], at: datetime) -> list[FactRow]:
    """Those that were last said or set before `at`."""
    return [row for row in rows if row.last_said_at <= at]


def adopt(change: Change, claim: Claim, known: Sequence[FactRow]) -> None:
    """Bring what a model proposes, unless it is held, was denied or is over, or is against what is held: what the user said
    or set outranks it. `known` is all there is, whatever its status."""
    for row in known:
        if row.message_id == change.message_id and names(row.value, claim.value):
            return
        if row.subject == claim.subject and _kind(row.key) == _kind(claim.key):
            taken = row.status == "active" and not vocabulary.several(claim.key)
            if taken or alike(row.value, claim.value):
                return
    change.bring(
        claim.key, claim.value, subject=claim.subject, polarity=claim.polarity, strength=claim.strength,
        confidence=claim.confidence, quote=claim.quote,
    )  # fmt: skip


def _kind(key: str) -> str:
    """Likes, dislikes and interests are of one kind: tastes."""
    return "tastes" if key in TASTES else key


def _correct(change: Change, claim: Claim, active: Sequence[FactRow]) -> None:
    """ "Porto, not Lisbon" puts a value right; "my sister moved, not me" gives the user's fact to another.

    Never what must not be lost: allergies, diet and health are put right by hand, or by saying the right ones.
    """
    users = [row for row in active if row.subject == USER and row.key not in ("allergies", "diet", "health", "style")]
    if claim.instead_of:
        wrong = next((row for row in reversed(users) if alike(row.value, claim.instead_of)), None)
        held = wrong is not None and any(row.key == wrong.key and row.value == claim.value for row in users)
        if wrong is not None and claim.value and not held:
            change.end(wrong, "rejected")
            change.bring(
                wrong.key, claim.value, subject=wrong.subject, polarity=wrong.polarity, strength=wrong.strength,
                confidence=claim.confidence, quote=claim.quote, also_from=wrong.message_id,
            )  # fmt: skip
        return
    words = set(words_of(claim.quote))
    told = [row for row in users if row.quote and len(words & set(words_of(row.quote))) > 1] or [
        row for row in users if row.key == "home" and re.search(r"\bmov|搬", claim.quote)
    ]
    if told:
        wrong = told[-1]
        change.end(wrong, "rejected")
        change.bring(
            wrong.key, wrong.value, subject=claim.subject, confidence=claim.confidence, quote=claim.quote,
            also_from=wrong.message_id,
        )  # fmt: skip


def _bring(change: Change, claim: Claim, about: Sequence[FactRow]) -> None:
    taste = claim.key in TASTES
    about = [row for row in about if row.key == claim.key or row.key in _BESIDE.get(claim.key, ())]
    for row in about:
        same_kind = row.key == claim.key or (taste and row.polarity == claim.polarity and row.key in TASTES)
        same = alike if vocabulary.several(claim.key) else _equal
        if same_kind and same(row.value, claim.value):
            row.times_said += 1
            row.last_said_at = max(row.last_said_at, change.at)
            row.strength = max(row.strength, claim.strength)
            change.session.add(row)
            return
    against = [row for row in about if _gives_way(row, claim) and not _part(row, change, claim)]
    ended = earlier(against, change.at)
    for row in ended:
        change.end(row)
    value, since = _without_time(claim, change.at)
    later = [row for row in against if row not in ended]
    over: dict[str, object] = {}
    if later:
        first = min(later, key=lambda row: row.valid_from)
        over = {"status": "superseded", "valid_to": max(since, first.valid_from), "ended_by": first.change_id}
    change.bring(
        claim.key, value, subject=claim.subject, polarity=claim.polarity, strength=claim.strength,
        confidence=claim.confidence, quote=claim.quote, valid_from=since, **over,
    )  # fmt: skip


def _part(row: FactRow, change: Change, claim: Claim) -> bool:
    """Whether the same message says both, as parts of one: the town and the district one lives in."""
    return row.change_id == change.id and row.key == claim.key == "home"


def _gives_way(row: FactRow, new: Claim | FactRow) -> bool:
    """Whether a fact cannot hold beside a new one: two of a key that holds one, what one likes and dislikes, or where one works
    who works no more."""
    if row.key == new.key and not vocabulary.several(row.key):
        return not getattr(new, "beside", False)
    if row.key == new.key and getattr(new, "renews", False):
        return _of_one_matter(row.value, new.value)
    if row.key == "employer" and new.key == "job" and joined("without_employer").match(new.value):
        return True
    taste = new.key in TASTES and "dislikes" in (row.key, new.key)
    return taste and row.polarity != new.polarity and alike(row.value, new.value)


def _of_one_matter(one: str, other: str) -> bool:
    """Whether two statements speak of the same, numbers and days aside: "rent 1,100", "the rent goes up to 1,200"."""
    left, right = (set(words_of(_TIME.sub(" ", value))) for value in (one, other))
    return bool(left and right) and 2 * len(left & right) >= min(len(left), len(right))


def replaced_by(row: FactRow, ended: Sequence[FactRow]) -> list[FactRow]:
    """Which of `ended` by the change that brought `row` gave way to it."""
    same = [old for old in ended if old.subject == row.subject]
    return [old for old in same if old.key == row.key or _gives_way(old, row)]


def _without_time(claim: Claim, at: datetime) -> tuple[str, datetime]:
    """The value, and since when it holds: "Lisbon last week" is Lisbon, since a week ago."""
    if claim.key not in ("home", "job", "employer", "school", "relationship", "studies"):
        return claim.value, at
    local = at.astimezone()
    spans = times.resolve(claim.quote, local)
    past = [span for span in spans if span.start <= local and span.start.year > 1900]
    value = claim.value
    for span in spans:
        phrase = re.escape(span.phrase).replace(r"\ ", r"\s+")
        shorter = re.sub(
            rf"[\s,]*\b(?:since|in|on|during|from|until|as of)?\s*{phrase}\s*$", "", value, flags=re.I
        ).strip()
        value = shorter or value
    return value, past[0].start.astimezone(UTC) if past else at


def restore(session: Session, row: FactRow) -> None:
    """Let what was superseded hold again, unless something else now holds in its place."""
    same = FactRow.key == row.key, FactRow.subject == row.subject, FactRow.status == "active"
    taken = not vocabulary.several(row.key) and Rows(session, row.user_id).first(FactRow, *same) is not None
    if row.status == "superseded" and not taken:
        row.status, row.valid_to, row.ended_by = "active", None, None
        session.add(row)


_TIME = re.compile(
    r"\S*\d\S*|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:every|each|now|is|at|old|new|to|up)\b"
    r"|(?:周|星期|礼拜)[一二三四五六日天]|[改换換涨漲降到了成现在現]|\d",
    re.I,
)
_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset("a an the of to in on at for and or my any all some very really so with from".split())


def words_of(value: str) -> list[str]:
    """What a value is compared by: its words, without small ones and endings; of Chinese, its pairs of characters."""
    found: list[str] = []
    for run in _WORD.findall(value.casefold()):
        if CJK.search(run):
            signs = "".join(sign for sign in run if sign not in "的了着")
            found += [signs[at : at + 2] for at in range(max(len(signs) - 1, 1))] if signs else []
        elif run not in _SMALL:
            found.append(re.sub(r"(?:ies|es|s|ing)$", "", run) if len(run) > 4 else run)
    return found


def _equal(one: str, other: str) -> bool:
    return re.sub(r"\W+", "", one).casefold() == re.sub(r"\W+", "", other).casefold()


@lru_cache(maxsize=8_192)
def _word_set(value: str) -> frozenset[str]:
    return frozenset(words_of(value))


def alike(one: str, other: str) -> bool:
    left, right = _word_set(one), _word_set(other)
    if not left or not right:
        return one.strip().casefold() == other.strip().casefold()
    return len(left & right) / len(left | right) >= SAME


def names(value: str, said: str) -> bool:
    """Whether what was `said` names a fact's value, in whole or by its main word."""
    left, right = _word_set(value), _word_set(said)
    return bool(left and right) and len(left & right) / min(len(left), len(right)) >= SAME


def to_fact(row: FactRow) -> Fact:
    return Fact(
        id=row.id,
        key=row.key,
        value=row.value,
        status=row.status,  # type: ignore[arg-type]
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        quote=row.quote,
        message_id=row.message_id,
        subject=row.subject,
        polarity=row.polarity,
        strength=row.strength,
        confidence=row.confidence,
        origin=row.origin,  # type: ignore[arg-type]
        times_said=row.times_said,
        last_said_at=row.last_said_at,
        change_id=row.ended_by or row.change_id,
    )
