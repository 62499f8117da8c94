"""The Gradio app: sidebar, tabs, theme. Each part asks our own routes (`ui.tabs`) for what is in it.

gr.Chatbot is not used: it shows no branches, no actions and links beside a reply and cannot pick up a reply that is being
written, and each of its updates carries the whole conversation. Text comes safe from `ui.markdown` instead.
"""

import re

import gradio as gr
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.settings import Settings
from ui import texts

TABS = ("chat", "memories", "profile", "history", "privacy", "settings")
SANS = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "sans-serif"]
HEAD = """
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" id="zhiji-style" href="zhiji/static/style.css">
<script>
  /* Gradio follows the browser's language; a person's own choice comes before it. */
  const chosen = document.cookie.match(/(?:^|; )zhiji-language=(en|zh)/);
  if (chosen) {
    const name = chosen[1] === "zh" ? "zh-CN" : "en";
    Object.defineProperty(navigator, "language", { get: () => name });
    Object.defineProperty(navigator, "languages", { get: () => [name] });
  }
</script>
<script src="zhiji/static/htmx.min.js"></script>
<script type="module" src="zhiji/static/app.js"></script>
"""
_FOR_SHARING = re.compile(rb"<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>")
PROCESS = """
const process = () => (window.htmx && window.zhiji ? htmx.process(element) : setTimeout(process, 10));
process();
"""


def mount(app: FastAPI, settings: Settings) -> None:
    """Put the page at the root of `app`."""
    app.add_middleware(Head)
    blocks = _build()
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        server_name=settings.host,
        server_port=settings.port,
        theme=_theme(),
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        max_file_size="1kb",
        root_path=settings.root_path or None,
        i18n=_i18n(),
    )


class Head:
    """Middleware that puts HEAD into Gradio's page. Gradio's own `head` comes in by script, too late to choose a language
    and with a flash of another style; and its page names pictures on other hosts for those who share a link to it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        begun: list[Message] = []
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                page = _FOR_SHARING.sub(b"", bytes(body)).replace(b"<head>", b"<head>" + HEAD.encode(), 1)
                MutableHeaders(scope=begun[0])["content-length"] = str(len(page))
                await send(begun[0])
                await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, collect)


def _build() -> gr.Blocks:
    i18n = _i18n()
    blocks: gr.Blocks
    with gr.Blocks(title="知己 Zhiji", analytics_enabled=False, fill_height=True, fill_width=True) as blocks:
        with gr.Sidebar(width=290, elem_id="sidebar"):
            _part("side")
        with gr.Tabs(elem_id="tabs"):
            for name in TABS:
                with gr.Tab(i18n(f"tab_{name}"), id=name, elem_id=f"tab-{name}"):
                    _part(name)
    return blocks


def _part(name: str) -> None:
    """A place that fills itself with what `/zhiji/shell/<name>` draws."""
    waits = f'<div hx-get="zhiji/shell/{name}" hx-trigger="load" hx-swap="outerHTML" class="loading"></div>'
    gr.HTML(waits, elem_id=f"part-{name}", js_on_load=PROCESS, apply_default_css=False, padding=False)


def _i18n() -> gr.I18n:
    """Only the names of the tabs are Gradio's to translate."""
    of = {language: {f"tab_{name}": texts.of(language, f"tab_{name}") for name in TABS} for language in ("en", "zh")}
    return gr.I18n(**of, **{"zh-CN": of["zh"], "zh-TW": of["zh"]})


def _theme() -> gr.themes.Base:
    """Calm paper and ink, with one green."""
    green = gr.themes.Color(
        "#f0f7f3",
        "#dcebe2",
        "#bbd8c7",
        "#90bfa4",
        "#63a180",
        "#3f8463",
        "#2f6b4f",
        "#275641",
        "#214535",
        "#1b392c",
        "#0f211a",
    )
    return gr.themes.Base(
        primary_hue=green, neutral_hue=gr.themes.colors.stone, font=SANS, font_mono=["ui-monospace", "monospace"]
    ).set(
        body_background_fill="#fbfaf8",
        body_background_fill_dark="#191917",
        background_fill_primary="#fbfaf8",
        background_fill_primary_dark="#191917",
        body_text_color="#25241f",
        body_text_color_dark="#e9e7e1",
    )
