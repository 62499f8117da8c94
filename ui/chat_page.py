"""The chat page: conversations in a sidebar, a streamed reply, and under it what was remembered.

What a person sees is made from the store each time; the page itself keeps only the id of the conversation it shows.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.engine import Assistant, TemporaryChat
from assistant.events import Done, Event, Recalled, Reply, TextDelta
from assistant.runtime import Runtime
from memory.errors import NotFound, ZhijiError
from memory.types import Fact, Hit, Message
from ui.texts import EN, ZH, reason, spoken, spoken_fact

STYLE = Path(__file__).with_name("style.css")
HOLD = "() => ({ __type__: 'update', interactive: false })"
"""Keeps a message from being sent into the chat a person is just leaving; the answer to what they clicked lets go."""
FOCUS_MESSAGE = "() => { if (window.innerWidth >= 700) document.querySelector('#message textarea')?.focus(); }"
TEMPORARY = "temporary"
MAX_TEMPORARY = 64
Shown = list[dict[str, Any]]


class ChatPage:
    """The Blocks of the chat, for one user of a runtime."""

    def __init__(self, runtime: Runtime, user: str) -> None:
        self._runtime = runtime
        self._user = user
        self._stops: dict[str, threading.Event] = {}
        self._temporary: OrderedDict[str, TemporaryChat] = OrderedDict()
        self.i18n = gr.I18n(en=EN, zh=ZH, **{"zh-CN": ZH, "zh-TW": ZH})
        self.blocks = self._build()

    @property
    def _assistant(self) -> Assistant:
        return self._runtime.assistant(self._user)

    # What the page is made of

    def _build(self) -> gr.Blocks:
        t = self.i18n
        blocks: gr.Blocks
        with gr.Blocks(title="知己 Zhiji", analytics_enabled=False, fill_height=True) as blocks:
            current = gr.BrowserState(None, storage_key="zhiji-conversation", secret="")
            with gr.Sidebar(width=280, elem_id="sidebar"):
                gr.Markdown("## 知己 Zhiji", elem_id="brand")
                new = gr.Button(t("new_chat"), variant="primary", elem_id="new-chat")
                temporary = gr.Button(t("temporary_chat"), elem_id="temporary-chat")
                chosen = gr.Radio([], label=t("conversations"), elem_id="conversations", interactive=True)
                with gr.Accordion(t("this_chat"), open=False, visible=False, elem_id="this-chat") as tools:
                    title = gr.Textbox(label=t("title"), elem_id="chat-title", max_lines=1)
                    rename = gr.Button(t("rename"), size="sm", elem_id="rename")
                    delete = gr.Button(t("delete"), size="sm", variant="stop", elem_id="delete")
                    sure = gr.Button(t("delete_sure"), size="sm", variant="stop", visible=False, elem_id="delete-sure")
            status = gr.Markdown(visible=False, elem_id="status")
            banner = gr.Markdown(t("temporary"), visible=False, elem_id="temporary-banner")
            chat = gr.Chatbot(
                show_label=False,
                elem_id="chat",
                height="calc(100dvh - 7.5rem)",
                scale=1,
                buttons=["copy"],
                placeholder=str(t("welcome")),
                layout="bubble",
                feedback_options=None,
                allow_tags=False,
                group_consecutive_messages=False,
                latex_delimiters=[
                    {"left": "$$", "right": "$$", "display": True},
                    {"left": "\\(", "right": "\\)", "display": False},
                    {"left": "\\[", "right": "\\]", "display": True},
                ],
            )
            with gr.Row(elem_id="composer", equal_height=True):
                box = gr.Textbox(
                    placeholder=t("placeholder"),
                    show_label=False,
                    container=False,
                    scale=8,
                    lines=1,
                    max_lines=8,
                    interactive=False,  # until the page has loaded what it shows: a turn begun before would be drawn over
                    elem_id="message",
                )
                send = gr.Button(t("send"), variant="primary", scale=1, min_width=72, elem_id="send")
                stop = gr.Button(t("stop"), variant="stop", scale=1, min_width=72, visible=False, elem_id="stop")
            timer = gr.Timer(1.0)

            shown = [chat, current, chosen, title, tools, banner, sure, send, stop, box]
            turn = [chat, box, send, stop, current, chosen, title, tools]
            running: dict[str, Any] = {"concurrency_limit": 8, "show_progress": "hidden", "api_visibility": "private"}
            quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
            said = gr.on([send.click, box.submit], self._say, [box, current], turn, **running)
            again = chat.retry(self._again, [current], turn, **running)
            quick["cancels"] = [said, again]
            stop.click(self._stop, None, None, **(quick | {"cancels": None}))
            gr.on([chosen.input, new.click, temporary.click, sure.click], None, None, [box], js=HOLD, queue=False)
            moves = [
                chosen.input(self._open, [chosen], shown, **quick),
                new.click(self._new, None, shown, **quick),
                temporary.click(self._new_temporary, None, shown, **quick),
                sure.click(self._delete, [current], shown, **quick),
            ]
            quick["cancels"] = None
            moves.append(blocks.load(self._open, [current], shown, **quick))
            for moved in moves:
                moved.then(None, js=FOCUS_MESSAGE)
            gr.on([rename.click, title.submit], self._rename, [current, title], [chosen], **quick)
            delete.click(lambda: gr.update(visible=True), None, [sure], **quick)
            timer.tick(self._status, None, [status, timer], **quick)
        return blocks

    # What happens

    def _say(self, text: str, current: str | None, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        stop = self._stops[_session(request)] = threading.Event()
        language = _language(request)
        asked = {"role": "user", "content": text or ""}
        try:
            before = self._messages(current, language)
            if _is_temporary(current):
                events = self._temporary_chat(str(current)).stream(text or "", stop=stop)
            else:
                events = self._assistant.stream(text or "", conversation_id=current, stop=stop)
            yield from self._show(events, [*before, asked], current, language)
        except ZhijiError as error:
            yield self._sorry(error, current, language, text)

    def _again(self, current: str | None, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        stop = self._stops[_session(request)] = threading.Event()
        language = _language(request)
        if not current or _is_temporary(current):
            gr.Info(spoken(language, "no_retry"))
            yield self._messages(current, language), *(gr.skip() for _ in range(7))
            return
        try:
            before = self._messages(current, language)
            while before and before[-1]["role"] == "assistant":
                before.pop()
            events = self._assistant.regenerate(current, stop=stop)
            yield from self._show(events, before, current, language)
        except ZhijiError as error:
            yield self._sorry(error, current, language, "")

    def _show(
        self, events: Iterator[Event], shown: Shown, current: str | None, language: str
    ) -> Iterator[tuple[Any, ...]]:
        """Turn a turn's events into what the page shows: chat, box, send, stop, current, chosen, title, tools."""
        keep = gr.skip()
        busy = gr.update(visible=False), gr.update(visible=True)
        waiting = {"role": "assistant", "content": "…"}
        yield [*shown, waiting], gr.update(value="", interactive=True), *busy, keep, keep, keep, keep
        reply, recalled = "", Recalled((), ())
        try:
            for event in events:
                if isinstance(event, Recalled):
                    recalled = event
                    current = event.conversation_id or current
                    yield [*shown, waiting], keep, *busy, current, keep, keep, keep
                elif isinstance(event, TextDelta):
                    reply += event.text
                    yield [*shown, {"role": "assistant", "content": reply}], keep, *busy, keep, keep, keep, keep
                elif isinstance(event, Done):
                    ended = _reply_blocks(event.reply.text, event.reply.status, recalled.hits, recalled.facts, language)
                    shown = [*shown, *ended, *_noted(event.reply, language)]
        except ZhijiError as error:
            yield self._sorry(error, current, language, str(shown[-1]["content"]))
            return
        free = gr.update(visible=True), gr.update(visible=False)
        listing = self._listing(current, language)
        yield shown, keep, *free, current, *listing

    def _sorry(self, error: ZhijiError, current: str | None, language: str, text: str) -> tuple[Any, ...]:
        """Say what went wrong, show what is in the store, and give the person their words back."""
        gr.Warning(str(error), duration=10)
        free = gr.update(visible=True), gr.update(visible=False)
        try:
            kept = self._messages(current, language)
        except NotFound:
            current, kept = None, []
        stored = any(shown["role"] == "user" and shown["content"] == text for shown in kept[-3:])
        given_back = "" if stored else text
        return kept, gr.update(value=given_back), *free, current, *self._listing(current, language)

    def _stop(self, request: gr.Request) -> None:
        event = self._stops.get(_session(request))
        if event:
            event.set()

    def _open(self, current: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Show a conversation; on loading the page, the one it showed last. A temporary chat ends when it is left."""
        self._leave(request)
        if current and not _is_temporary(current):
            try:
                self._assistant.conversations.get(current)
            except NotFound:
                current = None
        else:
            current = None
        return self._page(current, _language(request))

    def _leave(self, request: gr.Request) -> None:
        self._stop(request)
        for name in [name for name in self._temporary if name.startswith(f"{TEMPORARY}-{_session(request)}-")]:
            del self._temporary[name]

    def _new(self, request: gr.Request) -> tuple[Any, ...]:
        self._leave(request)
        return self._page(None, _language(request))

    def _new_temporary(self, request: gr.Request) -> tuple[Any, ...]:
        self._leave(request)
        name = f"{TEMPORARY}-{_session(request)}-{len(self._temporary)}"
        self._temporary[name] = self._assistant.temporary()
        while len(self._temporary) > MAX_TEMPORARY:
            self._temporary.popitem(last=False)
        return self._page(name, _language(request))

    def _rename(self, current: str | None, title: str, request: gr.Request) -> Any:
        if current and not _is_temporary(current):
            try:
                self._assistant.conversations.rename(current, title)
            except ZhijiError as error:
                gr.Warning(str(error))
        return self._listing(current, _language(request))[0]

    def _delete(self, current: str | None, request: gr.Request) -> tuple[Any, ...]:
        if current and not _is_temporary(current):
            try:
                self._assistant.conversations.delete(current)
            except ZhijiError as error:
                gr.Warning(str(error))
        return self._page(None, _language(request))

    def _status(self, request: gr.Request) -> tuple[Any, Any]:
        """What the line above the chat says; the timer ends once there is nothing more to say."""
        status = self._runtime.status
        if status.trouble:
            return gr.update(value=f"⚠️ {status.trouble}", visible=True), gr.update(value=10.0)
        if status.model in ("idle", "loading"):
            return gr.update(value=spoken(_language(request), "loading"), visible=True), gr.skip()
        return gr.update(visible=False), gr.update(value=10.0)

    # What is shown

    def _page(self, current: str | None, language: str) -> tuple[Any, ...]:
        chosen, title, tools = self._listing(current, language)
        banner = gr.update(visible=_is_temporary(current))
        sure = gr.update(visible=False)
        free = gr.update(visible=True), gr.update(visible=False), gr.update(interactive=True)
        return self._messages(current, language), current, chosen, title, tools, banner, sure, *free

    def _listing(self, current: str | None, language: str) -> tuple[Any, Any, Any]:
        conversations = self._assistant.conversations.list()
        titles = {found.id: found.title or spoken(language, "untitled") for found in conversations}
        stored = current if current in titles else None
        return (
            gr.update(choices=[(title, key) for key, title in titles.items()], value=stored),
            gr.update(value=titles.get(stored or "", "")),
            gr.update(visible=stored is not None),
        )

    def _messages(self, current: str | None, language: str) -> Shown:
        if not current:
            return []
        if _is_temporary(current):
            chat = self._temporary.get(current)
            return [{"role": said.role, "content": said.content} for said in chat.history] if chat else []
        shown: Shown = []
        for message in self._assistant.conversations.get(current).messages:
            shown += _message_blocks(message, language)
        return shown

    def _temporary_chat(self, name: str) -> TemporaryChat:
        if name not in self._temporary:
            raise NotFound("This temporary chat has ended. Begin a new one.")
        return self._temporary[name]


def _message_blocks(message: Message, language: str) -> Shown:
    if message.role == "user":
        text = message.text or spoken(language, "forgotten")
        return [{"role": "user", "content": text}]
    return _reply_blocks(message.text, message.status, message.recalled, (), language)


def _reply_blocks(text: str, status: str, hits: Sequence[Hit], facts: Sequence[Fact], language: str) -> Shown:
    """A reply and, under it, a block that folds out what was remembered for it."""
    mark = "" if status == "complete" else spoken(language, status)
    blocks: Shown = [{"role": "assistant", "content": f"{text}\n\n{mark}".strip()}]
    lines = [
        f"- {hit.memory.occurred_at.astimezone():%Y-%m-%d} · {_plain(hit.memory.text)} {_why(hit, language)}"
        for hit in hits
    ]
    if facts:
        lines.append(f"- {spoken(language, 'about_you')}: " + ", ".join(_plain(fact.value) for fact in facts))
    if lines:
        title = f"{spoken(language, 'remembered')} ({len(hits) or len(facts)})"
        blocks.append(
            {"role": "assistant", "content": "\n".join(lines), "metadata": {"title": title, "status": "done"}}
        )
    return blocks


def _noted(reply: Reply, language: str) -> Shown:
    """What the profile gained from the message, and what of it is not remembered."""
    lines = [f"- {_plain(spoken_fact(language, fact))}" for fact in reply.learned]
    if reply.withheld:
        lines.append(f"- {spoken(language, 'withheld')}: {', '.join(reply.withheld)}")
    if not lines:
        return []
    title = f"{spoken(language, 'noted')} ({len(lines)})"
    return [{"role": "assistant", "content": "\n".join(lines), "metadata": {"title": title, "status": "done"}}]


def _why(hit: Hit, language: str) -> str:
    reasons = [_plain(reason(language, why)) for why in hit.why]
    return f"*({' · '.join([*reasons, f'{hit.score:.0%}'])})*"


def _plain(text: str) -> str:
    """One line of remembered text with Markdown's and HTML's signs made inert."""
    line = " ".join(text.split())
    line = line if len(line) <= 300 else line[:299] + "…"
    return "".join(f"&#{ord(sign)};" if sign in "\\`*_[]()<>#|~$!&" else sign for sign in line)


def _is_temporary(current: str | None) -> bool:
    return bool(current) and str(current).startswith(TEMPORARY)


def _session(request: gr.Request) -> str:
    return str(request.session_hash)


def _language(request: gr.Request) -> str:
    """The browser's Accept-Language header, which `ui.texts` reads."""
    return str(request.headers.get("accept-language", ""))
