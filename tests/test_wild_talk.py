"""Words, questions, servers and consoles as other people's users met them: further members of each reported kind."""

import unicodedata
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant import Assistant, Runtime, Settings
from assistant.chat_models.base import Sampling
from assistant.chat_models.openai_model import OpenAIModel
from assistant.chat_models.scripted_model import ScriptedModel
from memory.errors import ServerFailed
from memory.language.extraction import extract
from memory.language.folding import folded
from memory.language.text import is_chinese
from memory.language.times import resolve
from prompts.types import ChatMessage
from tests.support import Answering, HashEmbedder, ready

CHAT = [ChatMessage("user", "Hi")]
END = "data: [DONE]\n\n"


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("İSTANBUL", "istanbul"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("Đà Nẵng", unicodedata.normalize("NFD", "đà nẵng")),
        ("l’été", "l'E\u0301TE\u0301"),
        ("裏面", "里面"),
        ("麵包", "面包"),
        ("１２３ＡＢＣ", "123abc"),
        ("½ cup", "1⁄2 cup"),
        ("Ａｎｎａ＇ｓ", "Anna’s"),
        ("한글", unicodedata.normalize("NFD", "한글")),
        ("👩🏿‍🍳", "👩‍🍳"),
        ("Ё́лка".replace("\u0301", ""), "ёлка"),
    ],
)
def test_one_word_is_one_word(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("I'm reading 三体 by 刘慈欣 at the moment", False),
        ("谢谢 means thank you, right?", False),
        ("Please call 王小明 tomorrow", False),
        ("今日は公園で遊びました", False),
        ("東京タワーへ行きたい", False),
        ("晚上一起吃 pizza 吗", True),
        ("我用 Python 写 code", True),
        ("OK 明天见", True),
        ("My daughter 婷婷 started school", False),
        ("帮我 debug 一下这个 function", True),
        ("Je m'appelle 李雷", False),
    ],
)
def test_a_message_is_in_the_language_that_it_is_built_of(text: str, chinese: bool) -> None:
    assert is_chinese(text) is chinese


@pytest.mark.parametrize(
    ("question", "asked", "begins"),
    [
        ("What did I do last summer?", datetime(2026, 1, 15, tzinfo=UTC), "2025-06-01T00:00:00+02:00"),
        ("What did I do last winter?", datetime(2026, 7, 1, tzinfo=UTC), "2025-12-01T00:00:00+01:00"),
        ("What did we do in July?", datetime(2026, 1, 15, tzinfo=UTC), "2025-07-01T00:00:00+02:00"),
        ("去年夏天我们做了什么？", datetime(2026, 1, 15, tzinfo=UTC), "2025-06-01T00:00:00+02:00"),
        ("What happened on 29 March 2026?", datetime(2026, 1, 15, tzinfo=UTC), "2026-03-29T00:00:00+01:00"),
        ("What happened on 30 March 2026?", datetime(2026, 4, 1, tzinfo=UTC), "2026-03-30T00:00:00+02:00"),
    ],
)
def test_a_time_is_in_the_offset_of_its_own_day(question: str, asked: datetime, begins: str) -> None:
    spans = resolve(question, asked.astimezone(ZoneInfo("Europe/Paris")))
    assert datetime.fromisoformat(begins) in [span.start for span in spans]


FILL = "Then we walked on along the river, talked of this and that, and looked for a place to rest. "
FILL_ZH = "然后我们沿着河继续走，聊聊这个那个，想找个地方休息。"


@pytest.mark.parametrize(
    ("told", "question", "answer"),
    [
        (FILL * 30 + "The landlady of the inn is called Odile.", "What is the landlady of the inn called?", "Odile"),
        (FILL * 15 + "The dentist is called Brandt. " + FILL * 15, "What is the dentist called?", "Brandt"),
        ("My locker code word is marmot. " + FILL * 30, "What is my locker code word?", "marmot"),
        (FILL_ZH * 40 + "旅店的老板娘叫秀英。", "旅店的老板娘叫什么？", "秀英"),
        (FILL_ZH * 20 + "我的牙医叫白大夫。" + FILL_ZH * 20, "我的牙医叫什么？", "白大夫"),
        (
            "\n".join(["- bread", "- milk"] * 120 + ["- paint for the fence: green"]),
            "Which paint for the fence?",
            "green",
        ),
    ],
)
def test_where_the_answer_stands_in_a_long_note_it_reaches_the_model(
    mei: Assistant, model: ScriptedModel, told: str, question: str, answer: str
) -> None:
    mei.chat(told)
    mei.chat(question)
    asked = model.prompts[-1][-1].content
    assert answer in asked
    assert len(asked) < 2_000


@pytest.fixture
def server() -> Iterator[Answering]:
    with closing(Answering()) as opened:
        yield opened


def chunk(finish: str | None = None, **delta: Any) -> str:
    return Answering.piece({"delta": delta, "index": 0, "finish_reason": finish})


def answer(server: Answering, *pieces: str) -> str:
    server.reply = "".join(pieces)
    model = OpenAIModel(server.url, model="m", retries=0, timeout_s=5)
    with closing(model):
        return "".join(model.stream(CHAT, Sampling()))


@pytest.mark.parametrize(
    "pieces",
    [
        ("<html>Bad gateway</html>",),
        (END,),
        ("",),
        (chunk(content="Hel"),),
        (chunk(content=""), chunk("stop"), END),
        ('{"object": "chat.completion", "choices": []}',),
        ("data: {not json}\n\n",),
        ('data: {"choices": null}\n\n', END),
        ('data: {"choices": [{"delta": null}]}\n\n', END),
        (chunk(content={"a": 1}), chunk("stop"), END),  # type: ignore[arg-type]
        (chunk(content="Hel"), 'data: {"error": "out of memory"}\n\n'),
    ],
)
def test_what_is_no_answer_is_an_error(server: Answering, pieces: tuple[str, ...]) -> None:
    with pytest.raises(ServerFailed):
        answer(server, *pieces)


def test_an_error_of_a_server_is_told_in_its_words(server: Answering) -> None:
    with pytest.raises(ServerFailed, match="out of memory"):
        answer(
            server, chunk(content="Hel"), 'data: {"error": {"message": "out of memory", "type": "server_error"}}\n\n'
        )


@pytest.mark.parametrize(
    "pieces",
    [
        (chunk(content="<think>hm</think>Hello"), chunk("stop"), END),
        (chunk(content="<th"), chunk(content="ink>hm</thi"), chunk(content="nk>\n\nHello"), chunk("stop"), END),
        (chunk(reasoning_content="hm"), chunk(content="Hello"), chunk("stop"), END),
        (chunk(reasoning="hm"), chunk(content="Hel"), chunk("stop", content="lo"), END),
        (chunk(content="[THINK]hm[/THINK]Hello"), chunk("stop"), END),
        (chunk(content="◁think▷hm◁/think▷Hello"), chunk("stop"), END),
        (chunk(content="Hello"), chunk("length"), END),
        (chunk(content="Hello"), chunk("stop")),
        (chunk(content="Hello"), END),
    ],
)
def test_only_what_is_said_is_a_reply(server: Answering, tmp_path: Path, pieces: tuple[str, ...]) -> None:
    server.reply = "".join(pieces)
    model = OpenAIModel(server.url, model="m", retries=0, timeout_s=5)
    with Runtime(Settings(data_dir=ready(tmp_path / "data")), model=model, embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        reply = mei.chat("Hi")
        assert reply.text == "Hello"
        mei.chat("And you?", conversation_id=reply.conversation_id)
    assert [one["content"] for one in server.asked[-1]["messages"] if one["role"] == "assistant"] == ["Hello"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_a_server_on_this_machine_is_reached_without_a_proxy(
    server: Answering, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server.url = server.url.replace("127.0.0.1", host)
    assert answer(server, chunk(content="Hello"), chunk("stop"), END) == "Hello"


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("I live in Porto because of the sea.", "home", "Porto"),
        ("I live in Berlin these days.", "home", "Berlin"),
        ("I live in Oslo and love it.", "home", "Oslo"),
        ("I moved to Genoa last spring to study.", "home", "Genoa"),
        ("I work at Siemens as an engineer.", "employer", "Siemens"),
        ("I work at Bosch together with my brother.", "employer", "Bosch"),
        ("I live in Nantes, near the castle.", "home", "Nantes"),
        ("我住在上海已经三年了。", "home", "上海"),
        ("我和妻子一起住在杭州。", "home", "杭州"),
        ("我现在在阿里巴巴上班，每天坐地铁。", "employer", "阿里巴巴"),
    ],
)
def test_a_value_is_no_longer_than_it_is(text: str, key: str, value: str) -> None:
    assert [claim.value for claim in extract(text) if claim.key == key and claim.subject == "user"] == [value]


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        ("My wife is called Ana.", "Ana and I got divorced last month.", "Ana"),
        ("I work at Initech.", "I retired last Friday.", "Initech"),
        ("I work at Initech.", "Initech fired me.", "Initech"),
        ("I have a dog called Rex.", "Rex died last week.", "Rex"),
        ("我有一只猫叫咪咪。", "咪咪上周去世了。", "咪咪"),
        ("我在华为上班。", "我退休了。", "华为"),
        ("I hate mushrooms.", "I like mushrooms now.", "hates mushrooms"),
        ("I am learning Spanish.", "I gave up learning Spanish.", "Spanish"),
    ],
)
def test_an_end_ends_what_was_so(mei: Assistant, before: str, after: str, gone: str) -> None:
    mei.chat(before)
    key = "dislikes" if gone.startswith("hates") else ""
    value = gone.removeprefix("hates ")
    known = [(fact.key, fact.value) for fact in mei.profile.facts()]
    assert any(value in fact[1] for fact in known), known
    mei.chat(after)
    now = [(fact.key, fact.value) for fact in mei.profile.facts()]
    assert not any(value in fact[1] and (not key or fact[0] == key) for fact in now), now


@pytest.mark.parametrize(
    "text", ["I love that now.", "I like those.", "I hate it when that happens.", "我喜欢它。", "I love this."]
)
def test_what_only_points_is_no_taste(text: str) -> None:
    assert [claim.value for claim in extract(text) if not claim.ends and claim.key in ("likes", "dislikes")] == []
