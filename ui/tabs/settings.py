"""What a person can set: model, sampling, persona, memory, time zone, language."""

from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from assistant import catalog
from assistant.modelstore import ModelStore
from memory.errors import NotAllowed
from ui.disk_use import folder_bytes
from ui.views import Here, View

router = APIRouter(prefix="/zhiji")
SAMPLING = ("temperature", "top_k", "top_p", "reply_tokens")
SWITCHES = ("recalls",)


@router.get("/shell/settings")
def settings(view: Here) -> HTMLResponse:
    return view.page("settings.html", **_values(view))


@router.post("/settings")
async def save(request: Request, view: Here) -> HTMLResponse:
    """Set what the form has in it; a form holds one part of the settings."""
    form = await request.form()
    changes: dict[str, object] = {}
    for name, value in form.items():
        changes[name] = {"true": True, "false": False}.get(str(value)) if name in SWITCHES else value
    before = view.preferences.language
    after = view.assistant.preferences.set(**changes)
    done = '{"saved": %s}' % ("true" if before == after.language else f'{{"language": "{after.language}"}}')
    return HTMLResponse("", headers={"HX-Trigger": done})


@router.post("/settings/reset")
def reset(view: Here) -> HTMLResponse:
    """The sampling as the machine's settings have it."""
    view.assistant.preferences.reset(*SAMPLING)
    return HTMLResponse("", headers={"HX-Trigger": '{"settings-changed": true, "saved": true}'})


@router.post("/settings/model")
def model(view: Here, name: Annotated[str, Form()]) -> HTMLResponse:
    """Load another model, for everybody; the page's status line says how far it is."""
    if not view.owns:
        raise NotAllowed("Only an owner can do that.")
    view.app.runtime.use_model(name)
    view.assistant.preferences.set(model=name)
    return HTMLResponse("", headers={"HX-Trigger": '{"settings-changed": true, "model-changed": true, "saved": true}'})


@router.get("/status")
def status(view: Here) -> HTMLResponse:
    """What is to be said about the model and the search, if anything."""
    return view.page("status.html", status=view.app.runtime.status)


def _values(view: View) -> dict[str, Any]:
    runtime = view.app.runtime
    machine = runtime.settings.sampling()
    return {
        "preferences": view.preferences,
        "sampling": view.preferences.sampling(machine),
        "models": _models(view),
        "status": runtime.status,
        "zones": sorted(available_timezones()),
        "models_folder": runtime.settings.models_dir,
        "models_bytes": folder_bytes(runtime.settings.models_dir),
        "server": runtime.settings.server,
    }


def _models(view: View) -> list[dict[str, object]]:
    """The chat models of the catalog and those of the person's own, with what is known of them."""
    store = ModelStore(view.app.runtime.settings.models_dir)
    speeds = view.app.runtime.speeds()
    found: list[dict[str, object]] = []
    for entry in catalog.entries().values():
        if entry.kind == "chat":
            found.append(
                {
                    "name": entry.name,
                    "title": entry.title,
                    "parameters": entry.parameters,
                    "bytes": entry.disk_mb * 1_000_000,
                    "here": store.has(entry.name),
                    "speed": speeds.get(entry.title) or speeds.get(entry.name),
                }
            )
    return found
