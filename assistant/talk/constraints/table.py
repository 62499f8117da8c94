"""Whose limits matter to a request: the user's own, and those of whoever else is at the table.

Somebody is at the table whom the request names, by relation ("my son") or by a name their limit was told with, and everybody
if it is for all ("for us", "the family", 全家). A present is for whom it names, and not for the user.
"""

import re
from collections.abc import Sequence

from assistant.talk.constraints import phrases
from assistant.talk.constraints.checks import conflicts
from assistant.talk.constraints.types import Limit
from memory.language.text import is_chinese

GIVEN = 2
"""Characters of a given name in Chinese."""
_NAME = re.compile(r"\b[A-Z][a-z]+\b|[小阿老][\u4e00-\u9fff]")


def concerns(request: str) -> bool:
    """Whether a request is about food, drink, presents, trips, medicine or plans: what limits may matter to."""
    return bool(phrases.request("about").search(request))


def at_the_table(request: str, limits: Sequence[Limit]) -> tuple[Limit, ...]:
    """Those of `limits` that matter to `request`; none if it is not about food, drink, presents, trips, medicine or plans, and
    names nothing that they exclude."""
    about = phrases.request("about").search(request)
    everybody = bool(phrases.request("all").search(request))
    others = [limit for limit in limits if limit.whose and (everybody or _is_named(limit, request))]
    present = phrases.request("present").search(request) and not phrases.request("for_self").search(request)
    own = [limit for limit in limits if limit.whose is None and (not (present and others) or limit.kind == "budget")]
    near = [limit for limit in limits if limit in own or limit in others]
    if about:
        return tuple(near)
    touched = conflicts(request, near, "zh" if is_chinese(request) else "en")
    return tuple(limit for limit in near if any(one.limit == limit for one in touched))


def _is_named(limit: Limit, request: str) -> bool:
    whose = limit.whose or ""
    names = {whose, *(name for name, relation in phrases.relations().items() if relation == whose)}
    names |= {name for name in _NAME.findall(limit.quote) if phrases.person(name) == name and name not in _STARTS}
    for word in limit.called.split():
        names |= {word, word[-2:]} if is_chinese(word) and len(word) > GIVEN else {word}  # 老二子萱 is also called 子萱
    return any(re.search(rf"(?<![a-zA-Z]){re.escape(name)}(?:['’]?s)?(?![a-zA-Z])", request, re.I) for name in names)


_STARTS = frozenset({"My", "The", "She", "He", "They", "And", "But", "Also", "Our", "We", "It", "Not", "No", "Yes"})
