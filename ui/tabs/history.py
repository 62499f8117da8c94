"""Past conversations: searched, exported one or all, imported from elsewhere."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, get_args

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import HTMLResponse, StreamingResponse

from memory.errors import BadInput
from memory.storage import sealed
from memory.types import ExportFormat
from ui.tabs.conversations import Skip
from ui.views import Here

router = APIRouter(prefix="/zhiji")
PAGE = 50
FORMATS: tuple[ExportFormat, ...] = tuple(name for name in get_args(ExportFormat) if name != "parquet")
_ENDINGS = {"sharegpt": "sharegpt.json", "openai": "openai.jsonl"}
_LINES = "application/x-ndjson"
_TYPES = {"html": "text/html", "csv": "text/csv", "md": "text/markdown", "sharegpt": "application/json"}


@router.get("/shell/history")
def shell(view: Here) -> HTMLResponse:
    return view.page("history_shell.html", formats=FORMATS)


@router.get("/history")
def history(view: Here, q: str = "", skip: Skip = 0) -> HTMLResponse:
    if q.strip():
        found = view.assistant.conversations.search(q, PAGE)
        return view.page("history.html", found=found, listed=(), more=None, formats=FORMATS)
    listed = view.assistant.conversations.list(PAGE + 1, skip=skip)
    more = skip + PAGE if len(listed) > PAGE else None
    return view.page("history.html", found=(), listed=listed[:PAGE], more=more, formats=FORMATS)


@router.get("/export")
def export(
    view: Here, format: str = "jsonl", id: str = "", anonymous: bool = False, plain: bool = False
) -> StreamingResponse:
    """A download, written as it is read: however long the log is, it is never held whole. Of an encrypted folder it is held,
    to be sealed, but for `plain`."""
    if format not in FORMATS:
        raise BadInput(f"There is no format {format[:20]!r}; there is {', '.join(FORMATS)}.")
    name = "zhiji"
    if id and not anonymous:
        title = view.assistant.conversations.get(id).title
        name = re.sub(r"[^\w-]+", "-", title, flags=re.ASCII).strip("-").lower()[:40] or name
    lines = view.assistant.export_lines(format, anonymous=anonymous, conversation_id=id or None)
    file, content, media = f"{name}.{_ENDINGS.get(format, format)}", _encoded(lines), _TYPES.get(format, _LINES)
    if view.encrypted and not plain:
        passphrase = sealed.passphrase_for(view.app.runtime.store.database, Path(f"{file}{sealed.SUFFIX}"))
        file, content, media = f"{file}{sealed.SUFFIX}", _sealed(content, str(passphrase)), "application/octet-stream"
    return StreamingResponse(
        content, media_type=media, headers={"content-disposition": f'attachment; filename="{file}"'}
    )


@router.post("/import")
def preview(view: Here, file: Annotated[UploadFile, File()], me: Annotated[str, Form()] = "") -> HTMLResponse:
    """Say what a file holds; nothing is taken in yet. `me` is how the user is called in it, "" to find that out."""
    content = file.file.read()
    if sealed.is_sealed(content):
        content = sealed.unsealed(content, file.filename or "?", ask=False)
    report = view.assistant.import_(_named(content, file.filename or ""), dry_run=True, me=me.strip() or None)
    token = view.app.uploads.keep(view.assistant.user, content) if report.conversations else None
    return view.page("import_report.html", report=report, token=token, me=me.strip(), file=file.filename or "")


@router.post("/import/{token}")
def import_(
    view: Here,
    token: str,
    remember: Annotated[bool, Form()] = False,
    learn: Annotated[bool, Form()] = False,
    me: Annotated[str, Form()] = "",
    file: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """Take in what was looked at; answers with a progress bar."""
    content = _named(view.app.uploads.take(view.assistant.user, token), file)
    assistant = view.assistant
    key = view.app.jobs.start(
        assistant.user,
        view.t("importing"),
        lambda progress: assistant.import_(content, remember=remember, learn=learn, progress=progress, me=me or None),
    )
    return view.page("job.html", key=key, job=view.app.jobs.get(assistant.user, key), after="import-over")


def _named(content: bytes, name: str) -> io.BytesIO:
    """A file of its own name, which says whom a chat is with."""
    file = io.BytesIO(content)
    file.name = name
    return file


def _sealed(content: Iterator[bytes], passphrase: str) -> Iterator[bytes]:
    yield sealed.seal(b"".join(content), passphrase)


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    return (line.encode() for line in lines)
