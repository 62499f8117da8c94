"""The browser app as a person uses it: Chromium, Gradio, our routes, SQLite and Chroma are real; the model is scripted, so
that a page can be looked at in the middle of a reply. With the real model: test_promise_remembers."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from assistant import Runtime, Sampling, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.errors import ServerFailed
from memory.privacy.receipts import load
from prompts.types import ChatMessage
from tests.browser import Page, browser, served
from tests.support import HashEmbedder
from tests.test_memory_importing import CLAUDE, MOVING, data

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # Gradio's
]

MARKDOWN = """# Plan
| day | what |
|---|---|
| Mon | rest |

```python
print("hello")
```

Euler: \\( e^{i\\pi} = -1 \\) and ![cat](http://evil.example/cat.png) <img src="http://evil.example/x.png" onerror="alert(1)">
"""


class Model(ScriptedModel):
    """Echoes; says "One " and waits when told to hold; dies when told to die; has a fixed answer for "markdown"."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> Iterator[str]:  # noqa: ARG002
        asked = messages[-1].content.rsplit("\n\n", 1)[-1]
        if "hold" in asked:
            yield "One "
            self.go_on.wait(30)
            yield "two"
        elif "die" in asked:
            yield "I was about to"
            raise ServerFailed("The model stopped.")
        elif "markdown" in asked:
            yield from (MARKDOWN[at : at + 7] for at in range(0, len(MARKDOWN), 7))
        else:
            yield from (f"{word} " for word in f"You said: {asked}".split(" "))


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def at(tmp_path: Path, model: Model) -> Iterator[Callable[..., Page]]:
    """`at(locale=…)` opens the app in a browser; each test has one store."""
    with ExitStack() as stack:
        settings = Settings(data_dir=tmp_path / "data", models_dir=tmp_path / "models")
        runtime = stack.enter_context(Runtime(settings, model=model, embedder=HashEmbedder()))
        stack.callback(model.go_on.set)
        url = stack.enter_context(served(runtime))
        at_page: Callable[..., Page] = lambda **more: stack.enter_context(browser(url, **more))  # noqa: E731
        at_page.url = url  # type: ignore[attr-defined]
        at_page.runtime = runtime  # type: ignore[attr-defined]
        yield at_page


def test_a_chat_with_stop_again_edit_versions_undo_and_drafts(at: Callable[..., Page], model: Model) -> None:
    page = at()
    tab = page.tab
    page.send("My dog is called Biscuit")
    assert page.replies() == ["You said: My dog is called Biscuit"]
    assert page.titles(1) == ["My dog is called Biscuit"]
    page.see("Noted: pets")

    page.send("please hold on", wait=False)
    tab.wait_for_selector("#live .body:has-text('One')")
    page.type("typed while it writes")  # never blocked
    tab.click("#stop")
    page.finished()
    page.see("Stopped")
    assert page.replies()[1] == "One"
    assert tab.input_value("#message") == "typed while it writes"
    page.reload()
    assert tab.input_value("#message") == "typed while it writes"  # the draft survives
    page.see("Stopped")

    model.go_on.set()
    tab.click("[data-again]")
    page.finished()
    assert page.replies()[1] == "One two"
    tab.click("#thread .reply >> nth=1 >> [aria-label='Earlier version']")
    page.see("Stopped")

    page.type("")
    tab.press("#message", "ArrowUp")
    assert tab.input_value("#message") == "please hold on"
    page.send("what else?")
    assert page.questions() == ["My dog is called Biscuit", "what else?"]
    tab.click("#thread .question >> nth=1 >> [aria-label='Earlier version']")
    tab.wait_for_selector(".question:has-text('please hold on')")
    tab.click("#thread .question >> nth=1 >> [aria-label='Later version']")
    tab.wait_for_selector(".question:has-text('what else?')")

    tab.click("[data-undo]")
    tab.wait_for_function("document.querySelector('#message').value === 'what else?'")
    assert "what else?" not in page.questions()

    page.type("x" * 20_001)
    tab.press("#message", "Enter")
    page.see("20,001 characters long")
    assert len(tab.input_value("#message")) == 20_001


def test_a_reply_goes_on_when_its_page_is_left_or_reloaded(at: Callable[..., Page], model: Model) -> None:
    page = at()
    tab = page.tab
    page.send("please hold on", wait=False)
    tab.wait_for_selector("#live .body:has-text('One')")
    page.reload()
    tab.wait_for_selector("#live .body:has-text('One')")
    page.new_chat()
    page.send("Hello from another chat", wait=False)
    page.see("Waiting; before you: 1")
    tab.click("#side-list .talk:has-text('please hold on') > a")
    tab.wait_for_selector("#live .body:has-text('One')")
    model.go_on.set()
    page.finished()
    assert page.replies() == ["One two"]
    tab.click("#side-list .talk:has-text('Hello from') > a")
    tab.wait_for_selector("#thread .reply:has-text('You said: Hello from another chat')")


def test_what_is_sent_while_a_chat_is_coming_is_not_drawn_over(at: Callable[..., Page]) -> None:
    page = at()
    tab = page.tab
    page.send("Hello in the first chat")

    def late(route: Any) -> None:
        tab.wait_for_timeout(700)
        route.continue_()

    tab.route("**/zhiji/chat?*", late)
    tab.keyboard.press("Alt+n")
    tab.wait_for_selector("#message:disabled")
    page.ready()
    page.send("Hello in the second")
    assert page.questions() == ["Hello in the second"]
    page.titles(2)


def test_a_temporary_chat_is_marked_and_leaves_nothing(at: Callable[..., Page]) -> None:
    page = at()
    tab = page.tab
    tab.click("#temporary-chat")
    page.see("Nothing is remembered, and nothing remembered is used.")
    page.send("My parrot is called Rio")
    tab.click("[data-again]")
    page.finished()
    assert page.questions() == ["My parrot is called Rio"]
    page.new_chat()
    assert page.titles(0) == []
    assert at.runtime.assistant("mei").memories.count() == 0  # type: ignore[attr-defined]


def test_what_goes_wrong_is_said_in_the_chat_and_the_question_stays(at: Callable[..., Page]) -> None:
    page = at()
    tab = page.tab
    page.send("will you die?")
    page.see("The model stopped.")
    page.see("Answer again to try once more.")
    assert page.questions() == ["will you die?"]
    assert page.replies() == ["I was about to"]
    tab.route("**/zhiji/say", lambda route: route.abort())
    page.type("is anybody there?")
    tab.press("#message", "Enter")
    page.see("Zhiji does not answer")
    assert tab.input_value("#message") == "is anybody there?"
    tab.unroute("**/zhiji/say")
    tab.press("#message", "Enter")
    page.finished()
    assert page.questions()[-1] == "is anybody there?"


def test_replies_are_laid_out_and_harmless_and_questions_are_plain(at: Callable[..., Page]) -> None:
    page = at()
    tab = page.tab
    page.send("markdown please <b>now</b> <script>alert(1)</script>")
    for selector in (".table table", ".code .nb", "math msup", "a[href='http://evil.example/cat.png']"):
        assert tab.query_selector(f"#thread .reply {selector}"), selector
    assert tab.query_selector("#thread img, #thread script") is None
    assert page.questions() == ["markdown please <b>now</b> <script>alert(1)</script>"]
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.click("[data-copy-code]")
    tab.wait_for_selector(".copy-code.done")
    assert tab.evaluate("navigator.clipboard.readText()").strip() == 'print("hello")'
    tab.click("#thread .reply [data-copy]")
    tab.wait_for_selector(".act.done")
    assert tab.evaluate("navigator.clipboard.readText()").startswith("# Plan")


def test_memory_is_seen_and_changed_under_a_reply(at: Callable[..., Page]) -> None:
    page = at()
    tab = page.tab
    page.send("My dog is called Biscuit")
    page.new_chat()
    page.send("What is my dog called?")
    tab.click("details.used summary")
    page.see("same words")
    used = ".used .memory"
    assert "My dog is called Biscuit" in tab.inner_text(used)
    tab.click(f"{used} >> text=Pin")
    tab.wait_for_selector(f"{used} >> text=Unpin")
    tab.click(f"{used} >> text=source")
    tab.wait_for_selector(".question.found:has-text('Biscuit')")
    tab.click("#thread .noted >> text=correct")
    tab.fill("#dialog [name=value]", "dog Biscotti")
    tab.click("#dialog >> text=Save")
    tab.wait_for_selector("#dialog", state="hidden")
    mei = at.runtime.assistant("mei")  # type: ignore[attr-defined]
    assert [fact.value for fact in mei.profile.facts()] == ["dog Biscotti"]
    page.send("I live in Lisbon and I love herons")
    tab.click("#thread .noted li:has-text('Lisbon') >> text=undo")
    tab.wait_for_selector("#thread .noted li:has-text('Lisbon')", state="detached")
    assert [fact.value for fact in mei.profile.facts()] == ["dog Biscotti", "herons"]
    page.new_chat()
    page.send("What is my dog called now?")
    tab.click("details.used summary")
    page.confirm()
    tab.click(f"{used}:has-text('My dog is called Biscuit') >> text=forget")
    tab.wait_for_selector(f"{used}:has-text('My dog is called Biscuit')", state="detached")
    assert not any("Biscuit" in memory.text for memory in mei.memories.list() if memory.kind == "said")

    tab.click("#switches label:has-text('Remembers')")
    page.send("I play the oboe")
    assert not any("oboe" in memory.text for memory in mei.memories.list())

    with tab.expect_response(
        lambda answer: answer.request.method == "POST"
    ):  # or it may come after what is saved below
        tab.click("#thread .reply >> nth=-1 >> [aria-label='Bad answer']")
    tab.click("#thread .reply >> nth=-1 >> text=say why")
    tab.fill("#dialog [name=reason]", "an echo")
    tab.fill("#dialog [name=corrected]", "How lovely.")
    tab.click("#dialog >> text=Save")
    tab.wait_for_selector("#dialog", state="hidden")
    assert (mei.feedback.list()[0].rating, mei.feedback.list()[0].corrected) == (-1, "How lovely.")


def test_the_list_of_conversations(at: Callable[..., Page]) -> None:
    page = at()
    tab = page.tab
    for text in ("Sourdough bread for beginners", "Trip to <i>Porto</i> & back", "My cat is called Miso"):
        page.send(text)
        page.new_chat()
    assert page.titles(3)[0] == "My cat is called Miso"
    tab.fill("#side-search", "said: sourdough")
    assert "You said: Sourdough bread" in page.titles(1)[0]
    tab.click("#side-list .talk > a")
    tab.wait_for_selector(".reply.found")
    tab.fill("#side-search", "")
    page.titles(3)

    def menu(title: str, item: str) -> None:
        tab.hover(f".talk:has-text('{title}')")
        tab.click(f".talk:has-text('{title}') summary")
        tab.click(f".talk:has-text('{title}') .menu-items >> text={item}")

    menu("Sourdough", "Pin")
    tab.wait_for_selector("h2:has-text('Pinned')")
    assert page.titles(3)[0].startswith("Sourdough")
    menu("Porto", "Rename")
    tab.fill("#dialog [name=title]", 'A "trip" <b>')
    tab.click("#dialog >> text=Save")
    tab.wait_for_selector(".talk:has-text('A \"trip\" <b>')")
    menu("Miso", "Delete")
    tab.click("#dialog >> text=Keep the memories")
    tab.click("#dialog button:has-text('Delete')")
    page.titles(2)
    mei = at.runtime.assistant("mei")  # type: ignore[attr-defined]
    assert any("Miso" in memory.text for memory in mei.memories.list())


def test_what_is_forgotten_elsewhere_is_gone_from_the_open_chat(at: Callable[..., Page]) -> None:
    page = at()
    tab = page.tab
    page.send("The kiwi sleeps in the shed")
    tab.fill("#message", "half a question")
    page.go("memories")
    page.see("Memories: 2")
    page.confirm()
    tab.check("#select-all")
    tab.click("text=Forget selected")
    tab.wait_for_selector("#thread .question:has-text('kiwi')", state="detached")
    assert tab.input_value("#message") == "half a question"
    tab.wait_for_function("() => !document.querySelector('#side').innerText.includes('kiwi')")


def test_memories_are_searched_changed_added_and_forgotten(at: Callable[..., Page], tmp_path: Path) -> None:
    mei = at.runtime.assistant("mei")  # type: ignore[attr-defined]
    mei.chat("The heron nests by the river")
    mei.chat("Tea at four with Ana")
    page = at()
    tab = page.tab
    page.go("memories")
    page.see("Memories: 4")
    assert tab.query_selector_all(".bars li")
    tab.fill("#memory-filter [name=q]", "heron")
    tab.wait_for_selector("#memory-list .memory .score")
    tab.fill("#memory-filter [name=q]", "")
    tab.select_option("#memory-filter [name=kind]", "said")
    page.see("Memories: 2")
    tab.click("text=Add a note")
    tab.fill("textarea[name=text]", "My locker is number 12")
    tab.click("text=Remember this")
    tab.select_option("#memory-filter [name=kind]", "note")
    tab.wait_for_selector("#memory-list .memory:has-text('locker')")
    tab.click("#memory-list .memory >> text=correct")
    tab.fill("#dialog textarea", "My locker is number 21")
    tab.click("#dialog >> text=Save")
    tab.wait_for_selector("#memory-list .memory:has-text('number 21')")
    tab.click("#memory-list .memory >> text=Pin")
    tab.select_option("#memory-filter [name=kind]", "")
    tab.check("#memory-filter [name=pinned]")
    page.see("Memories: 1")
    tab.uncheck("#memory-filter [name=pinned]")
    page.see("Memories: 5")

    tab.click("summary:has-text('Documents')")
    (tmp_path / "bad.pdf").write_bytes(b"%PDF- nothing")
    (tmp_path / "quokka.md").write_text("# Quokka\n\nThe quokka smiles.")
    tab.set_input_files("input[name=file]:not([accept^='.ics'])", tmp_path / "bad.pdf")
    page.see("bad.pdf cannot be read")
    tab.set_input_files("input[name=file]:not([accept^='.ics'])", tmp_path / "quokka.md")
    tab.wait_for_selector(".item:has-text('quokka.md')")
    tab.click(".item:has-text('quokka.md') >> text=show")
    tab.wait_for_selector("#memory-list .memory:has-text('The quokka smiles.')")
    page.confirm()
    tab.click(".item:has-text('quokka.md') >> text=forget")
    tab.wait_for_selector(".item:has-text('quokka.md')", state="detached")

    tab.evaluate("document.querySelector('#memory-filter').reset()")
    tab.fill("#memory-filter [name=q]", "")
    tab.select_option("#memory-filter [name=kind]", "said")
    page.see("Memories: 2")
    tab.check("#select-all")
    page.confirm()
    tab.click("text=Forget selected")
    page.see("Memories: 0")
    assert [memory.text for memory in mei.memories.list()] == ["My locker is number 21"]


def test_the_profile_is_shown_and_changed(at: Callable[..., Page]) -> None:
    mei = at.runtime.assistant("mei")  # type: ignore[attr-defined]
    mei.chat("I live in Porto and I love hiking")
    mei.chat("I moved to Lisbon")
    page = at()
    tab = page.tab
    page.go("profile")
    tab.wait_for_selector(".fact:has-text('Lisbon')")
    page.see("What held once (1)")
    assert tab.query_selector(".weights tr:has-text('hiking')")
    tab.click(".fact:has-text('Lisbon') >> text=right")
    tab.wait_for_selector(".fact:has-text('Lisbon') >> text=right", state="detached")
    tab.click(".fact:has-text('hiking') >> text=Edit")
    tab.fill("#dialog [name=value]", "mountain hiking")
    tab.click("#dialog >> text=Save")
    tab.wait_for_selector(".fact:has-text('mountain hiking')")
    tab.click("text=Add a fact")
    tab.select_option("[name=key]", "allergies")
    tab.fill("#profile form [name=value]", "walnuts")
    tab.click("#profile form >> text=Add")
    tab.wait_for_selector(".fact:has-text('walnuts')")
    tab.click("summary:has-text('What would you be told')")
    tab.wait_for_selector(".told-text:has-text('walnuts')")
    tab.click(".fact:has-text('Lisbon') >> text=wrong")
    tab.wait_for_selector(".fact:has-text('Porto')")  # what it had superseded holds again
    tab.click(".fact:has-text('Porto') >> text=source")
    tab.wait_for_selector(".question.found:has-text('I live in Porto')")


def test_history_goes_out_and_comes_in(at: Callable[..., Page], tmp_path: Path) -> None:
    mei = at.runtime.assistant("mei")  # type: ignore[attr-defined]
    mei.chat("Sourdough bread for beginners")
    page = at()
    tab = page.tab
    page.go("history")
    for format, part in (
        ("jsonl", "zhiji-log"), ("md", "# Sourdough"), ("html", "<!doctype html>"), ("csv", "conversation_id"),
        ("sharegpt", '"from": "human"'), ("openai", '"messages"'),
    ):  # fmt: skip
        tab.select_option("#history [name=format]", format)
        with tab.expect_download() as download:
            tab.click("text=Download")
        assert part in Path(download.value.path()).read_text(encoding="utf-8-sig")
    (tmp_path / "conversations.json").write_bytes(data(MOVING, CLAUDE, {"odd": 1}))
    tab.set_input_files("#history [name=file]", tmp_path / "conversations.json")
    page.see("New conversations: 2, messages: 6.")
    page.see("Could not be read: 1")
    assert len(mei.conversations.list()) == 1
    tab.click("#import button:has-text('Import')")
    page.see("Imported. Conversations: 2, messages: 6, memories: 3, facts: 3.")
    tab.set_input_files("#history [name=file]", tmp_path / "conversations.json")
    page.see("There is nothing new in it.")
    tab.fill("#history [name=q]", "lovely CITY")
    tab.wait_for_selector("#history-list .text:has-text('Lovely city')")
    tab.click("#history-list a:has-text('Moving')")
    tab.wait_for_selector(".reply.found:has-text('Lovely city')")
    page.titles(3)


def test_settings_are_kept_and_everything_can_be_deleted(at: Callable[..., Page]) -> None:
    page = at()
    tab = page.tab
    page.send("My dog is called Biscuit")
    page.go("settings")
    tab.evaluate("""() => {
        const slider = document.querySelector('[name=temperature]');
        slider.value = 1.2; slider.dispatchEvent(new Event('change', { bubbles: true }));
    }""")
    page.see("Saved")
    mei = at.runtime.assistant("mei")  # type: ignore[attr-defined]
    tab.wait_for_timeout(300)
    assert mei.preferences.get().temperature == 1.2
    tab.click("text=Back to the defaults")
    tab.wait_for_function("document.querySelector('[name=temperature]').value === '0.3'")
    tab.fill("[name=persona]", "a pirate")
    tab.click("#settings form:has([name=persona]) >> text=Save")
    tab.wait_for_timeout(300)
    assert mei.preferences.get().persona == "a pirate"
    tab.fill("[name=time_zone]", "Asia/Tokyo")
    tab.press("[name=time_zone]", "Tab")
    tab.select_option("#theme", "dark")
    assert tab.evaluate("document.body.classList.contains('dark')")
    tab.select_option("[name=language]", "zh")
    tab.wait_for_selector("#tab-settings-button:has-text('设置')")
    page.ready()
    assert mei.preferences.get().time_zone == "Asia/Tokyo"
    page.go("privacy")
    page.see("离开这台电脑的内容")
    tab.fill("[name=sure]", "no")
    tab.click(".danger-zone button")
    page.see("要删除全部内容，请在框中输入")
    tab.fill("[name=sure]", "删除")
    tab.click(".danger-zone button")
    tab.wait_for_selector("#tab-chat-button:has-text('Chat')")  # the choice of language is gone too
    page.titles(0)
    assert mei.memories.count() == 0
    assert mei.preferences.get().persona == ""


def test_a_new_person_is_asked_and_nothing_is_remembered_before(tmp_path: Path, model: Model) -> None:
    settings = Settings(data_dir=tmp_path / "data", models_dir=tmp_path / "models")
    with (
        Runtime(settings, model=model, embedder=HashEmbedder(), asks_first=True) as runtime,
        served(runtime, may_remember=False) as url,
        browser(url) as page,
    ):
        mei, tab = runtime.assistant("mei"), page.tab
        page.see("May I remember you?")
        assert tab.is_disabled("[name=remembers]")
        page.send("My dog is called Biscuit")
        page.see("May I remember you?")
        assert (mei.memories.count(), mei.profile.facts()) == (0, [])
        page.type("a draft that stays")
        tab.click("text=Yes, remember me")
        tab.wait_for_selector("#consent", state="detached")
        tab.wait_for_selector("[name=remembers]:not([disabled])")
        assert tab.is_checked("[name=remembers]")
        assert tab.input_value("#message") == "a draft that stays"
        page.send("My cat is called Miso")
        assert [memory.text for memory in mei.memories.list() if memory.kind == "said"] == ["My cat is called Miso"]
        page.see("Noted: pets")
        page.go("privacy")
        page.see("chosen by you")
        tab.click("label:has-text('Note facts about me')")
        page.see("Saved")
        tab.wait_for_function("document.querySelectorAll('#privacy .switch input:checked').length === 1")
        assert not mei.consents.granted("profile")
        page.go("chat")
        page.send("My parrot is called Ara")
        assert [fact.value for fact in mei.profile.facts()] == ["cat Miso"]


def test_privacy_how_long_a_time_forgotten_and_its_receipt(at: Callable[..., Page]) -> None:
    page = at()
    tab = page.tab
    mei = at.runtime.assistant("mei")  # type: ignore[attr-defined]
    page.send("My dog is called Biscuit")
    page.go("privacy")
    tab.fill("[name=keep_memories_days]", "30")
    tab.click("text=See what that deletes")
    page.see("Nothing is too old now.")
    tab.click("text=Keep it so")
    page.see("Saved")
    assert mei.preferences.get().keep_memories_days == 30
    today = f"{datetime.now(mei.preferences.get().zone()):%Y-%m-%d}"
    tab.fill("[name=first]", today)
    tab.fill("[name=last]", today)
    tab.click("text=See what that forgets")
    page.see("This forgets for good")
    assert mei.memories.count() == 2
    tab.click("#forget-due button")
    tab.wait_for_selector("#privacy .item:has-text('A time')")
    assert mei.memories.count() == 0
    with tab.expect_download() as download:
        tab.click("#privacy .item a:has-text('Receipt')")
    receipt = load(Path(download.value.path()).read_text(encoding="utf-8"))
    assert receipt == mei.erasures.receipts()[-1]
    page.titles(0)
    page.go("chat")
    tab.wait_for_selector(".welcome")


def test_keys_lead_everywhere(at: Callable[..., Page]) -> None:
    page = at()
    tab = page.tab
    tab.keyboard.press("Alt+3")
    tab.wait_for_selector("#profile", state="visible")
    tab.keyboard.press("/")
    tab.wait_for_selector("#message:focus")
    page.send("Hello there everyone")
    tab.keyboard.press("Alt+t")
    tab.wait_for_selector(".banner:has-text('Temporary chat')")
    tab.keyboard.press("Control+k")
    tab.wait_for_selector("#side-search:focus")
    tab.keyboard.press("Tab")
    tab.keyboard.press("?")
    page.see("Stop the reply")
    tab.keyboard.press("Escape")
    tab.wait_for_selector("#dialog", state="hidden")


def test_ten_people_at_once_each_see_their_own_reply(at: Callable[..., Page]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    import httpx

    url = at.url  # type: ignore[attr-defined]

    def talk(number: int) -> str:
        with httpx.Client(base_url=url, timeout=60) as client:
            id = client.post("/zhiji/say", data={"text": f"Person {number} here", "recalls": "false"}).json()["id"]
            with client.stream("GET", "/zhiji/live", params={"id": id}) as stream:
                assert "event: over" in "".join(stream.iter_text())
            return client.get("/zhiji/turn", params={"id": id}).text

    with ThreadPoolExecutor(10) as pool:
        pages = list(pool.map(talk, range(10)))
    for number, shown in enumerate(pages):
        assert f"You said: Person {number} here" in shown
        assert sum(f"Person {other} here" in shown for other in range(10)) == 1
