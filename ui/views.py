"""What every route of the browser app needs: whose page it is, in which language and time zone, and how it is drawn.

Pages are drawn on the server from `templates/`, every value escaped; `static/app.js` and htmx only put the pieces in place.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assistant.engine import Assistant
from assistant.events import Reply
from assistant.live import LiveReplies
from assistant.preferences import Preferences
from assistant.runtime import Runtime
from assistant.temporary import TemporaryChat
from memory.access.accounts import Accounts, Role
from memory.errors import NotFound
from memory.facts.vocabulary import worded_value
from memory.storage.costs import PASSWORD, Costs
from memory.types import Fact
from prompts.types import Language
from ui import imported, texts
from ui.jobs import Jobs
from ui.markdown import to_html
from ui.prometheus import Metrics

TEMPLATES = Path(__file__).with_name("templates")
TEMPORARY = "temporary-"
MAX_TEMPORARY = 64
MAX_UPLOADS = 4


class TemporaryChats:
    """Chats that live in this process only, each known by a random name that only its page has."""

    def __init__(self) -> None:
        self._chats: OrderedDict[tuple[str, str], TemporaryChat] = OrderedDict()

    def begin(self, assistant: Assistant) -> str:
        name = TEMPORARY + uuid4().hex
        self._chats[assistant.user, name] = assistant.temporary()
        while len(self._chats) > MAX_TEMPORARY:
            self._chats.popitem(last=False)
        return name

    def get(self, user: str, name: str) -> TemporaryChat:
        """Raises NotFound: it ended with the process, or was pushed out by newer ones."""
        if (user, name) not in self._chats:
            raise NotFound("This temporary chat has ended. Begin a new one.")
        return self._chats[user, name]

    def end(self, user: str) -> None:
        for key in [key for key in self._chats if key[0] == user]:
            del self._chats[key]


class Uploads:
    """Files that were looked at and may be taken in, until that is done or newer ones push them out."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def keep(self, user: str, content: bytes) -> str:
        token = uuid4().hex
        self._kept[user, token] = content
        while len(self._kept) > MAX_UPLOADS:
            self._kept.popitem(last=False)
        return token

    def take(self, user: str, token: str) -> bytes:
        """Raises NotFound."""
        content = self._kept.pop((user, token), None)
        if content is None:
            raise NotFound("That file is no longer at hand. Choose it again.")
        return content

    def end(self, user: str) -> None:
        for key in [key for key in self._kept if key[0] == user]:
            del self._kept[key]


@dataclass(frozen=True)
class App:
    """What the routes share."""

    runtime: Runtime
    temporary: TemporaryChats = field(default_factory=TemporaryChats)
    jobs: Jobs = field(default_factory=Jobs)
    uploads: Uploads = field(default_factory=Uploads)
    costs: Costs = PASSWORD
    """Of a guess at a password that is set from now on."""

    @cached_property
    def metrics(self) -> Metrics:
        return Metrics(self.runtime)

    @cached_property
    def live(self) -> LiveReplies:
        return LiveReplies(self._note_reply)

    def _note_reply(self, user: str, reply: Reply) -> None:
        self.metrics.note(reply)
        self.runtime.note_speed(user, reply)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.runtime.store, costs=self.costs)

    def end(self, user: str) -> None:
        """End all that is under way for a user, and let go of what is kept for them."""
        self.live.stop_all(user)
        self.temporary.end(user)
        self.uploads.end(user)


@dataclass(frozen=True)
class View:
    """One request's."""

    app: App
    assistant: Assistant
    preferences: Preferences
    language: Language
    role: Role

    @property
    def remembers(self) -> bool:
        """Whether anything of what is said may be kept for later."""
        allowed = self.assistant.consents.all()
        return allowed["remember"] or allowed["profile"]

    @property
    def owns(self) -> bool:
        """Whether who asks may decide for everybody."""
        return self.role == "owner"

    @property
    def encrypted(self) -> bool:
        """Whether the data folder is."""
        return self.app.runtime.store.database.encrypted

    @property
    def begun_by_program(self) -> bool:
        """Whether something is allowed that only a program chose."""
        consents = self.assistant.consents
        return not consents.asked and any(consents.all().values())

    @property
    def where_kept(self) -> str:
        return texts.where_kept(self.language, self.app.runtime.settings.server)

    @property
    def zone(self) -> tzinfo:
        return self.preferences.zone()

    def t(self, key: str, **values: object) -> str:
        """A text of the page in the reader's language."""
        return texts.of(self.language, key, **values)

    def said(self, error: str) -> str:
        """What went wrong, in the reader's language as far as it is known there."""
        return texts.error(self.language, error)

    def imported(self, said: str) -> str:
        """What a report of an import says, in the reader's language as far as it is known there."""
        return imported.worded(self.language, said)

    def key(self, key: str) -> str:
        return texts.key_name(self.language, key)

    def page(self, template: str, headers: Mapping[str, str] | None = None, **values: Any) -> HTMLResponse:
        return HTMLResponse(self.draw(template, **values), headers=dict(headers or {}))

    def draw(self, template: str, **values: Any) -> str:
        return draw(template, self.language, view=self, zone=self.zone, **values)

    def day(self, time: datetime) -> str:
        return texts.day(self.language, time.astimezone(self.zone))

    def moment(self, time: datetime) -> str:
        local = time.astimezone(self.zone)
        return f"{texts.day(self.language, local)} {local:%H:%M}"

    def fact(self, fact: Fact) -> str:
        return texts.spoken_fact(self.language, fact)

    def value(self, fact: Fact) -> str:
        return worded_value(fact, self.language)

    def label(self, fact: Fact) -> str:
        return texts.fact_label(self.language, fact)

    def reason(self, why: str) -> str:
        return texts.reason(self.language, why)


def draw(template: str, language: Language, **values: Any) -> str:
    shared = {"t": partial(texts.of, language), "language": language}
    return _templates().get_template(template).render(**shared, **values)


def app_of(request: Request) -> App:
    found: App = request.app.state.zhiji
    return found


def view_of(request: Request) -> View:
    app = app_of(request)
    assistant = app.runtime.assistant(request.state.user)
    preferences = assistant.preferences.get()
    language = texts.language_of(request.headers.get("accept-language", ""))
    if preferences.language != "auto":
        language = preferences.language
    return View(app, assistant, preferences, language, request.state.role)


Here = Annotated[View, Depends(view_of)]


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    environment.filters["markdown"] = lambda text, copy: Markup(
        to_html(text, copy)
    )  # safe by construction, see ui.markdown
    environment.filters["size"] = _size
    return environment


def _size(size_bytes: float) -> str:
    for unit in ("B", "KB", "MB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} GB"
