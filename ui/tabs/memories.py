"""Everything that is remembered: searched, filtered, charted, edited, pinned, forgotten; notes and documents added."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, UploadFile
from fastapi.responses import HTMLResponse

from memory.errors import BadInput
from memory.memories import Narrow
from memory.types import Hit, MemoryKind
from ui.charts import Bar, months_between, stacked
from ui.views import Here, View

router = APIRouter(prefix="/zhiji")
PAGE = 30
FOUND = 50
KINDS: tuple[MemoryKind, ...] = ("said", "reply", "note", "import", "document")


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of the page as it sends them; "" is one that is not set."""

    kind: str = ""
    since: str = ""
    until: str = ""
    conversation: str = ""
    document: str = ""
    pinned: bool = False


def narrowed(view: Here, filters: Annotated[Filters, Depends()]) -> Narrow:
    """What the filters of the page leave. Raises BadInput."""
    narrow: Narrow = {}
    if filters.kind:
        narrow["kinds"] = [filters.kind]  # type: ignore[list-item]  # checked by Memories
    if filters.since:
        narrow["since"] = _day(view, filters.since)
    if filters.until:
        narrow["until"] = _day(view, filters.until, timedelta(days=1))
    if filters.conversation:
        narrow["conversation_id"] = filters.conversation
    if filters.document:
        narrow["document_id"] = filters.document
    if filters.pinned:
        narrow["pinned"] = True
    return narrow


Narrowed = Annotated[Narrow, Depends(narrowed)]


@router.get("/shell/memories")
def shell(view: Here) -> HTMLResponse:
    conversations = view.assistant.conversations.list(50)
    return view.page("memories_shell.html", kinds=KINDS, conversations=conversations)


@router.get("/memories")
def memories(view: Here, narrow: Narrowed, q: str = "", before: str = "") -> HTMLResponse:
    """The newest, a page at a time, or those that a search finds, best first."""
    kept = view.assistant.memories
    if q.strip():
        found = kept.search(q, FOUND, floor=view.app.runtime.settings.recall_floor, **narrow)
        return view.page("memories.html", hits=found, more=None, total=None)
    listed = kept.list(PAGE + 1, before=before or None, **narrow)
    more = listed[PAGE - 1].id if len(listed) > PAGE else None
    total = None if before else kept.count(**narrow)
    return view.page("memories.html", hits=[Hit(memory, 0.0) for memory in listed[:PAGE]], more=more, total=total)


@router.get("/memories/chart")
def chart(view: Here, narrow: Narrowed) -> HTMLResponse:
    """How many memories there are of each month, and the topics most of them are about."""
    counted = view.assistant.memories.by_month(**narrow)
    topics = view.assistant.memories.topics() if not narrow else {}
    months = months_between(list(counted))
    bars = stacked(months, counted)
    rows: list[tuple[str, int, list[Bar]]] = [
        (topic, sum(of_month.values()), stacked(months, of_month)) for topic, of_month in topics.items()
    ]
    return view.page("memories_chart.html", bars=bars, topics=rows, months=months)


@router.post("/memories/note")
def note(view: Here, text: Annotated[str, Form()] = "") -> HTMLResponse:
    view.assistant.memories.add(text, speaker=view.assistant.user)
    return _changed()


@router.post("/memories/forget")
def forget_many(view: Here, memory: Annotated[list[str] | None, Form()] = None) -> HTMLResponse:
    if not memory:
        raise BadInput("Nothing is selected. Tick what is to be forgotten.")
    view.assistant.memories.forget_many(memory)
    return _changed()


@router.post("/memory/{id}/forget")
def forget(view: Here, id: str) -> HTMLResponse:
    view.assistant.memories.forget(id)
    return _changed()


@router.post("/memory/{id}/pin")
def pin(view: Here, id: str, pinned: Annotated[bool, Form()]) -> HTMLResponse:
    memory = view.assistant.memories.pin(id, pinned)
    return view.page("memory.html", hit=Hit(memory, 0.0), selectable=False)


@router.get("/memory/{id}/edit")
def edit_form(view: Here, id: str) -> HTMLResponse:
    return view.page("memory_form.html", memory=view.assistant.memories.get(id))


@router.post("/memory/{id}/edit")
def edit(view: Here, id: str, text: Annotated[str, Form()] = "") -> HTMLResponse:
    view.assistant.memories.edit(id, text)
    return _changed()


@router.get("/documents")
def documents(view: Here) -> HTMLResponse:
    return view.page("documents.html", documents=view.assistant.documents.list())


@router.post("/documents")
def upload(view: Here, file: Annotated[UploadFile, File()]) -> HTMLResponse:
    """Remember a document in the background; answers with its progress bar."""
    name, content = file.filename or "document", file.file.read()
    keep = view.assistant.documents
    key = view.app.jobs.start(view.assistant.user, name, lambda progress: keep.add(name, content, progress))
    return view.page("job.html", key=key, job=view.app.jobs.get(view.assistant.user, key), after="documents-changed")


@router.post("/documents/{id}/forget")
def forget_document(view: Here, id: str) -> HTMLResponse:
    view.assistant.documents.forget(id)
    return HTMLResponse("", headers={"HX-Trigger": '{"documents-changed": true, "memories-changed": true}'})


@router.get("/job/{key}")
def job(view: Here, key: str, after: Literal["documents-changed", "import-over"]) -> HTMLResponse:
    """How far something is; when it is over, what came of it, and the page is told to draw `after` anew."""
    found = view.app.jobs.get(view.assistant.user, key)
    changed = dict.fromkeys((after, "memories-changed", "profile-changed", "side-changed"), True)
    over = {"HX-Trigger": json.dumps(changed)} if found.over else {}
    if found.over and after == "import-over" and not found.error:
        return view.page("import_report.html", over, report=found.result, token=None)
    return view.page("job.html", over, key=key, job=found, after=after)


def _changed() -> HTMLResponse:
    return HTMLResponse("", headers={"HX-Trigger": '{"memories-changed": true}'})


def _day(view: View, text: str, later: timedelta = timedelta(0)) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=view.zone) + later
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{text[:20]!r} is no date, as 2026-11-22 is.") from error
