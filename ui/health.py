"""For who watches over a server: whether it lives, whether it is ready, how it goes in numbers, and where slow turns spent
their time."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from memory.errors import NotAllowed
from ui.views import Here, app_of

router = APIRouter()


@router.get("/healthz")
def health(request: Request) -> dict[str, str]:
    """Anybody may ask."""
    return {"model": app_of(request).runtime.status.model}


@router.get("/readyz")
def ready(request: Request) -> JSONResponse:
    """503 until the model answers, and when it does no more. The search answers without its index too. Anybody may ask."""
    runtime = app_of(request).runtime
    status, index = runtime.status.model, runtime.store.indexer.state
    return JSONResponse({"model": status, "index": index}, 200 if status == "ready" else 503)


@router.get("/metrics")
def metrics(view: Here) -> Response:
    """An owner's, where there are accounts."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    if not view.owns:
        raise NotAllowed("Only an owner can do that.")
    return Response(generate_latest(view.app.metrics.registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/traces")
def traces(view: Here) -> PlainTextResponse:
    """Of the slow turns, the latest first, what each spent its time on. An owner's, where there are accounts."""
    if not view.owns:
        raise NotAllowed("Only an owner can do that.")
    slow_s = view.app.runtime.settings.slow_turn_s
    slow = "\n\n".join(str(trace) for trace in view.app.runtime.traces.slow())
    return PlainTextResponse(slow or f"No turn took {slow_s:g} s or longer.")
