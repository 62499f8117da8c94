"""What `zhiji privacy` says of a user."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assistant.preferences import stored
from memory.erasure import erasures_of
from memory.privacy.consent import PURPOSES, Consents
from memory.privacy.receipts import COUNTED
from memory.storage.database import Database
from memory.storage.rows import Rows
from memory.store import User
from ui import texts
from ui.options import in_words

if TYPE_CHECKING:
    from assistant.settings import Settings


def report(database: Database, user: User, settings: "Settings") -> Iterator[str]:
    """Line by line."""
    with database.read() as session:
        rows = Rows(session, user.id)
        mine = {name: rows.count(row) for row, name in COUNTED.items()}
    yield f"{user.name}"
    yield f"  kept:       {in_words(mine)}"
    yield f"  where:      {settings.data_dir}, {'encrypted' if database.encrypted else 'not encrypted (zhiji encrypt)'}"
    yield f"  leaves it:  {f'what a reply needs goes to {settings.server}' if settings.server else 'nothing'}"
    ages = stored(database, user).ages()
    rules = [
        f"{kind} {days} days" for kind in ("conversations", "memories", "feedback") if (days := getattr(ages, kind))
    ]
    yield f"  kept for:   {', '.join(rules) or 'ever'}"
    consents = Consents(database, user.id)
    now = consents.all()
    history = consents.history()
    yield "allowed:" if history else "allowed: nothing yet; nobody was asked"
    for purpose in PURPOSES:
        yield f"  {'yes' if now[purpose] else 'no ':3} {purpose:11} {texts.of('en', f'purpose_{purpose}')}"
    if history:
        yield "chosen:"
    for choice in history:
        said = f"{'allowed' if choice.granted else 'refused'}, by {texts.of('en', f'by_{choice.origin}')}"
        yield f"  {choice.chosen_at.astimezone():%Y-%m-%d %H:%M}  {choice.purpose} {said}"
    erased = erasures_of(database, user)
    if erased:
        yield "erased:"
    for erasure in erased:
        yield f"  {erasure.erased_at.astimezone():%Y-%m-%d %H:%M}  {erasure.what}: {in_words(erasure.counts)}"
