"""Chats as other programs write them down: LibreChat, Open WebUI, SillyTavern, Gemini (Takeout), Telegram and WhatsApp."""

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest

from assistant import Assistant, Runtime
from memory.errors import BadInput
from memory.exchange import foreign_logs
from memory.exchange.foreign_logs import Known, Refused, Talk


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


def read(log: object, **told: Any) -> list[Talk]:
    content = log.encode() if isinstance(log, str) else json.dumps(log).encode()
    found = list(foreign_logs.read(content, None, Known(**told)))
    assert not [one for one in found if isinstance(one, Refused)], found
    return [one for one in found if isinstance(one, Talk)]


def said(log: object, **told: Any) -> list[tuple[str, str]]:
    (talk,) = read(log, **told)
    return shown(talk)


def shown(talk: Talk) -> list[tuple[str, str]]:
    return [(one.role, one.text) for one in talk.messages if one.id in talk.shown()]


# LibreChat

NONE = "00000000-0000-0000-0000-000000000000"


def libre(id: str, parent: str, text: str, *, mine: bool, **more: Any) -> dict[str, Any]:
    return {"messageId": id, "parentMessageId": parent, "text": text, "isCreatedByUser": mine, "sender": "x",
            "createdAt": "2025-02-03T10:00:00.000Z", **more}  # fmt: skip


def libre_chat(*messages: object, tree: bool = False) -> dict[str, Any]:
    return {"conversationId": "c1", "endpoint": "openAI", "title": "Bread", "branches": True, "recursive": tree,
            ("messagesTree" if tree else "messages"): list(messages)}  # fmt: skip


HI = libre("a", NONE, "Hi", mine=True)


def test_librechat_messages_stand_in_a_list() -> None:
    (talk,) = read(libre_chat(HI, libre("b", "a", "Hello", mine=False)))
    assert (talk.source, talk.id, talk.title, shown(talk)) == (
        "librechat", "c1", "Bread", [("user", "Hi"), ("assistant", "Hello")],
    )  # fmt: skip
    assert talk.messages[0].at == datetime(2025, 2, 3, 10, tzinfo=UTC)


def test_librechat_messages_stand_in_a_tree() -> None:
    reply = libre("b", "a", "Hello", mine=False, children=[libre("c", "b", "Bye", mine=True, children=[])])
    assert said(libre_chat({**HI, "children": [reply]}, tree=True)) == [
        ("user", "Hi"), ("assistant", "Hello"), ("user", "Bye"),
    ]  # fmt: skip


def test_librechat_branches_are_branches() -> None:
    (talk,) = read(libre_chat(HI, libre("b", "a", "Hello", mine=False), libre("c", "a", "Good day", mine=False)))
    assert [one.parent_id for one in talk.messages] == [None, "a", "a"]


def test_librechat_parts_are_sorted() -> None:
    content = [{"type": "think", "think": "hm"}, {"type": "text", "text": {"value": "Hello"}},
               {"type": "tool_call", "tool_call": {"name": "f"}}]  # fmt: skip
    (talk,) = read(libre_chat(HI, libre("b", "a", "", mine=False, content=content)))
    assert shown(talk)[1] == ("assistant", "Hello")
    assert dict(talk.left_out) == {"thinking": 1, "tool call": 1}


def test_a_long_librechat_tree_is_read() -> None:
    tree: dict[str, Any] = libre("m199", "m198", "say 199", mine=False, children=[])
    for number in reversed(range(199)):
        tree = libre(f"m{number}", f"m{number - 1}", f"say {number}", mine=number % 2 == 0, children=[tree])
    assert len(said(libre_chat(tree, tree=True))) == 200


def test_an_error_of_librechat_is_no_reply() -> None:
    (talk,) = read(libre_chat(HI, libre("b", "a", "Rate limit", mine=False, error=True)))
    assert shown(talk) == [("user", "Hi")]


# Open WebUI


def webui(*messages: dict[str, Any], head: str | None = None, **chat: Any) -> dict[str, Any]:
    history = {"messages": {one["id"]: one for one in messages}, "currentId": head or messages[-1]["id"]}
    return {"id": "w1", "user_id": "u", "title": "Tea", "created_at": 1_730_000_000, "archived": False,
            "chat": {"title": "Tea", "models": ["llama3"], "history": history, **chat}}  # fmt: skip


def turn(id: str, parent: str | None, role: str, content: object, **more: Any) -> dict[str, Any]:
    return {"id": id, "parentId": parent, "childrenIds": [], "role": role, "content": content,
            "timestamp": 1_730_000_001, **more}  # fmt: skip


ASKED = turn("a", None, "user", "Green or black?")


def test_open_webui_chats_are_trees() -> None:
    chat = webui(ASKED, turn("b", "a", "assistant", "Green."), turn("c", "a", "assistant", "Black."), head="b")
    (talk,) = read([chat])
    assert (talk.source, talk.id, talk.title) == ("openwebui", "w1", "Tea")
    assert shown(talk) == [("user", "Green or black?"), ("assistant", "Green.")]
    assert len(talk.messages) == 3
    assert talk.messages[0].at == datetime.fromtimestamp(1_730_000_001, UTC)


@pytest.mark.parametrize(
    "content",
    [
        '<details type="reasoning" done="true" duration="2">\n<summary>Thought</summary>\n> hm\n</details>\nGreen.',
        '<details type="tool_calls" done="true" name="f" arguments="{}">\n<summary>Ran</summary>\n</details>\nGreen.',
        [{"type": "text", "text": "Green."}],
    ],
)
def test_open_webui_folds_what_is_no_speech(content: object) -> None:
    assert said([webui(ASKED, turn("b", "a", "assistant", content))])[1] == ("assistant", "Green.")


def test_an_older_open_webui_chat_is_a_list() -> None:
    chat = {"id": "w2", "chat": {"title": "Tea", "messages": [ASKED, turn("b", "a", "assistant", "Green.")]}}
    assert said([chat]) == [("user", "Green or black?"), ("assistant", "Green.")]


def test_a_file_that_came_with_a_question_is_no_word_of_the_user() -> None:
    file = {"type": "file", "name": "tea.txt", "file": {"filename": "tea.txt", "data": {"content": "I drink tea"}}}
    (talk,) = read([webui(turn("a", None, "user", "Sum it up", files=[file]))])
    assert talk.messages[0].own_text == "Sum it up"
    assert "I drink tea" in talk.messages[0].text


def test_one_open_webui_chat_is_one_record() -> None:
    assert said(webui(ASKED)) == [("user", "Green or black?")]


# SillyTavern


def tavern(*messages: dict[str, Any], **head: Any) -> str:
    first = {"user_name": "Mei", "character_name": "Aqua", "create_date": "2024-05-06@07h08m09s", "chat_metadata": {}}
    return "\n".join(json.dumps(one) for one in ({**first, **head}, *messages))


def line(name: str, text: str, *, mine: bool = False, **more: Any) -> dict[str, Any]:
    return {"name": name, "is_user": mine, "is_system": False, "send_date": "May 6, 2024 7:10am", "mes": text, **more}


def test_sillytavern_has_a_message_a_line() -> None:
    (talk,) = read(tavern(line("Aqua", "Welcome!"), line("Mei", "Hi", mine=True), line("Aqua", "Tea?")))
    assert (talk.source, talk.title) == ("sillytavern", "Aqua")
    assert shown(talk) == [("assistant", "Welcome!"), ("user", "Hi"), ("assistant", "Tea?")]
    assert talk.messages[0].at == datetime(2024, 5, 6, 7, 10, tzinfo=UTC)


def test_swipes_are_versions_of_a_reply() -> None:
    swiped = line("Aqua", "Tea?", swipes=["Coffee?", "Tea?", "Juice?"], swipe_id=1)
    (talk,) = read(tavern(line("Mei", "Hi", mine=True), swiped, line("Mei", "Yes", mine=True)))
    assert shown(talk) == [("user", "Hi"), ("assistant", "Tea?"), ("user", "Yes")]
    assert {one.text for one in talk.messages} == {"Hi", "Coffee?", "Tea?", "Juice?", "Yes"}


def test_hidden_messages_of_sillytavern_are_counted() -> None:
    (talk,) = read(tavern(line("Mei", "Hi", mine=True), line("System", "note", is_system=True)))
    assert (shown(talk), dict(talk.left_out)) == ([("user", "Hi")], {"hidden message": 1})


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("June 19, 2023 2:20pm", datetime(2023, 6, 19, 14, 20, tzinfo=UTC)),
        ("2023-06-19@14h20m05s", datetime(2023, 6, 19, 14, 20, 5, tzinfo=UTC)),
        ("2023-6-19 @14h 20m 05s 123ms", datetime(2023, 6, 19, 14, 20, 5, tzinfo=UTC)),
        (1_687_184_405_000, datetime(2023, 6, 19, 14, 20, 5, tzinfo=UTC)),
        ("2023-06-19T14:20:05.000Z", datetime(2023, 6, 19, 14, 20, 5, tzinfo=UTC)),
    ],
)
def test_times_of_sillytavern(written: object, at: datetime) -> None:
    (talk,) = read(tavern(line("Mei", "Hi", mine=True, send_date=written)))
    assert talk.messages[0].at == at


# Gemini


def prompted(title: str, html: str | None, at: str, **more: Any) -> dict[str, Any]:
    reply = {"safeHtmlItem": [{"html": html}]} if html else {}
    return {"header": "Gemini Apps", "title": title, "time": at, "products": ["Gemini Apps"], **reply, **more}


TWO = prompted(
    "Prompted And for two?", "<p>Use <b>4 g</b>.</p><ul><li>warm</li><li>fresh</li></ul>", "2025-03-01T10:05:00Z"
)
ONE = prompted(
    "Prompted How much yeast?", "<p>About 2&nbsp;g.</p><pre><code>a &lt; b\n  c</code></pre>", "2025-03-01T10:00:00Z"
)


def test_gemini_turns_of_one_sitting_are_one_talk() -> None:
    (talk,) = read([TWO, ONE])
    assert talk.source == "gemini"
    assert shown(talk) == [
        ("user", "How much yeast?"), ("assistant", "About 2 g.\n\n```\na < b\n  c\n```"),
        ("user", "And for two?"), ("assistant", "Use 4 g.\n\n- warm\n- fresh"),
    ]  # fmt: skip


def test_gemini_turns_far_apart_are_several() -> None:
    later = prompted("Prompted Hello again", "<p>Hi</p>", "2025-03-02T09:00:00Z")
    assert [len(talk.messages) for talk in read([later, TWO, ONE])] == [4, 2]


def test_other_activity_is_counted() -> None:
    other = prompted("Used Gemini Apps", None, "2025-03-01T10:01:00Z")
    (talk,) = read([TWO, other, ONE])
    assert dict(talk.left_out) == {"other activity": 1}


@pytest.mark.parametrize(
    ("verb", "header"), [("Eingegebener Prompt: ", "Gemini-Apps"), ("Consulta: ", "Aplicaciones de Gemini")]
)
def test_gemini_in_another_language(verb: str, header: str) -> None:
    turns = [prompted(f"{verb}{text}", "<p>Ja</p>", f"2025-03-01T10:0{at}:00Z", header=header)
             for at, text in enumerate(("Wie viel Hefe?", "Und für zwei?", "Wie lange backen?"))]  # fmt: skip
    (talk,) = read(list(reversed(turns)))
    assert [one.text for one in talk.messages if one.role == "user"] == [
        "Wie viel Hefe?",
        "Und für zwei?",
        "Wie lange backen?",
    ]


def test_a_takeout_zip_is_searched(mei: Assistant) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("Takeout/My Activity/Gemini Apps/MyActivity.json", json.dumps([TWO, ONE]))
    assert mei.import_(out.getvalue()).messages == 4


# Telegram


def telegram(*messages: dict[str, Any], kind: str = "personal_chat", **more: Any) -> dict[str, Any]:
    return {"name": "Ana", "type": kind, "id": 22, "messages": list(messages), **more}


def sent(id: int, who: int, text: object, **more: Any) -> dict[str, Any]:
    name = {11: "Mei", 22: "Ana", 33: "Ben"}[who]
    return {"id": id, "type": "message", "date": "2025-03-01T11:00:00", "date_unixtime": str(1_740_823_200 + id),
            "from": name, "from_id": f"user{who}", "text": text, "text_entities": [], **more}  # fmt: skip


def test_a_chat_with_one_person_tells_who_is_who() -> None:
    (talk,) = read(telegram(sent(1, 11, "Are you home?"), sent(2, 22, "Yes")))
    assert (talk.source, talk.title) == ("telegram", "Ana, 2025-03")
    assert shown(talk) == [("user", "Are you home?"), ("assistant", "Ana: Yes")]
    assert talk.messages[0].at == datetime.fromtimestamp(1_740_823_201, UTC)


def test_a_whole_export_names_its_owner() -> None:
    chats = [telegram(sent(1, 33, "Hi all"), sent(2, 11, "Hi"), kind="private_group", name="Choir"),
             {"type": "saved_messages", "id": 11, "messages": [sent(3, 11, "Buy milk")]}]  # fmt: skip
    export = {
        "about": "…",
        "personal_information": {"user_id": 11, "first_name": "Mei"},
        "chats": {"about": "…", "list": chats},
    }
    found = {talk.title: shown(talk) for talk in read(export)}
    assert found == {
        "Choir, 2025-03": [("assistant", "Ben: Hi all"), ("user", "Hi")],
        "Saved messages, 2025-03": [("user", "Buy milk")],
    }


def test_text_of_telegram_may_be_parts() -> None:
    text = ["See ", {"type": "link", "text": "https://x.example"}, " and ", {"type": "bold", "text": "smile"}]
    assert said(telegram(sent(1, 11, text)))[0] == ("user", "See https://x.example and smile")


def test_what_is_no_text_of_telegram_is_counted() -> None:
    (talk,) = read(telegram(
        sent(1, 11, "Look"), sent(2, 11, "", photo="(File not included)"), sent(3, 22, "", media_type="voice_message"),
        {"id": 4, "type": "service", "action": "phone_call", "actor": "Ana", "text": ""},
        sent(5, 11, "news", forwarded_from="A channel"),
    ))  # fmt: skip
    assert dict(talk.left_out) == {"picture": 1, "voice message": 1, "notice": 1, "forwarded message": 1}


def test_in_a_group_the_user_is_asked_for() -> None:
    group = telegram(sent(1, 33, "Hi"), sent(2, 22, "Hello"), kind="private_group")
    with pytest.raises(BadInput, match="Ana, Ben"):
        read(group)
    assert said(group, me="Ben") == [("user", "Hi"), ("assistant", "Ana: Hello")]


def test_each_month_is_a_talk_and_a_bot_is_an_assistant() -> None:
    later = sent(2, 22, "Hello", date_unixtime="1746000000")
    first, second = read(telegram(sent(1, 11, "Hi"), later, kind="bot_chat", name="Helper"))
    assert (shown(first), shown(second)) == ([("user", "Hi")], [("assistant", "Hello")])


# WhatsApp

WAYS = {
    "en_us": ("3/14/25, 9:41 PM - {}: {}", "<Media omitted>"),
    "en_gb": ("14/03/2025, 21:41 - {}: {}", "<Media omitted>"),
    "en_in": ("14/03/25, 9:41 pm - {}: {}", "<Media omitted>"),
    "ios": ("[14/03/2025, 21:41:05] {}: {}", "\u200eimage omitted"),
    "ios_us": ("[3/14/25, 9:41:05\u202fPM] {}: {}", "\u200e<attached: 00000012-PHOTO-2025-03-14.jpg>"),
    "de": ("14.03.25, 21:41 - {}: {}", "<Medien ausgeschlossen>"),
    "fr": ("14/03/2025 à 21:41 - {}: {}", "<Médias omis>"),
    "es": ("14/3/25, 9:41\u202fp.\u00a0m. - {}: {}", "<Multimedia omitido>"),
    "pt": ("14/03/2025 21:41 - {}: {}", "<Mídia oculta>"),
    "it": ("14/03/25, 21:41 - {}: {}", "<Media omessi>"),
    "nl": ("14-03-2025 21:41 - {}: {}", "<Media weggelaten>"),
    "fi": ("14.3.2025 klo 21.41 - {}: {}", "<Media jätettiin pois>"),
    "sv": ("2025-03-14 21:41 - {}: {}", "<Media har utelämnats>"),
    "zh": ("2025/3/14 下午9:41 - {}: {}", "<省略多媒体文件>"),
    "zh_ios": ("[2025/3/14 下午9:41:05] {}：{}", "\u200e图像已忽略"),
    "ja": ("2025/03/14 21:41 - {}: {}", "<メディアは含まれていません>"),
    "ko": ("2025. 3. 14. 오후 9:41, {} : {}", "<미디어 파일 제외됨>"),
    "ru": ("14.03.2025, 21:41 - {}: {}", "<Без медиафайлов>"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_whatsapp_chat_is_read_in_many_countries(way: str) -> None:
    wording, media = WAYS[way]
    lines = [
        wording.format("Mei", "Are you home?\nI have the keys"),
        wording.format("Ana", "Yes: come"),
        wording.format("Ana", media),
    ]
    (talk,) = read("\n".join(lines), me="Mei")
    assert (talk.source, talk.title) == ("whatsapp", "Ana, 2025-03")
    assert shown(talk) == [("user", "Are you home?\nI have the keys"), ("assistant", "Ana: Yes: come")]
    at = talk.messages[0].at
    assert at is not None
    assert (at.year, at.month, at.day, at.hour, at.minute) == (2025, 3, 14, 21, 41)
    assert sum(talk.left_out.values()) == 1


CHAT = "\n".join([
    "14/03/2025, 21:40 - Messages and calls are end-to-end encrypted. No one outside of this chat can read them.",
    "14/03/2025, 21:41 - Mei: I baked bread",
    '14/03/2025, 21:42 - Ana changed the subject to "Trip: Rome"',
    "14/03/2025, 21:43 - Ana: Lovely <This message was edited>",
    "14/03/2025, 21:44 - Mei: You deleted this message",
    "14/03/2025, 21:45 - Ana: IMG-20250314-WA0001.jpg (file attached)\nmy garden",
])  # fmt: skip


def test_notices_deleted_and_edited_messages_of_whatsapp() -> None:
    (talk,) = read(CHAT)
    assert shown(talk) == [("user", "I baked bread"), ("assistant", "Ana: Lovely"), ("assistant", "Ana: my garden")]
    assert dict(talk.left_out) == {"notice": 2, "deleted message": 1, "file": 1}


def test_the_user_of_a_whatsapp_chat_is_found_or_asked_for(mei: Assistant) -> None:
    chat = "14/03/2025, 21:41 - Mei: Hi\n14/03/2025, 21:42 - Ana: Hello"
    assert mei.import_(chat.encode()).messages == 2  # by the user's name
    other = chat.replace("Mei", "Li").encode()
    with pytest.raises(BadInput, match="Ana, Li"):
        mei.import_(other)
    assert mei.import_(other, me="Li").messages == 2
    assert [memory.text for memory in mei.memories.list()] == ["Hi", "Hi"]


def test_a_zip_of_whatsapp_and_its_name_tell_who_the_other_is(mei: Assistant, tmp_path: Any) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("WhatsApp Chat with Ana.txt", "14/03/2025, 21:41 - Li: Hi\n14/03/2025, 21:42 - Ana: Hello")
    assert mei.import_(out.getvalue()).messages == 2
    path = tmp_path / "WhatsApp Chat with Ana.txt"
    path.write_text("15/04/2025, 21:41 - Li: Hi\n15/04/2025, 21:42 - Ana: Hello")
    assert mei.conversations.import_(path).memories == 1


def test_only_what_the_user_wrote_is_remembered_and_learned(mei: Assistant) -> None:
    chat = "14/03/2025, 21:41 - Mei: I live in Ghent\n14/03/2025, 21:42 - Ana: I live in Porto"
    mei.import_(chat.encode())
    assert [memory.text for memory in mei.memories.list()] == ["I live in Ghent"]
    assert [fact.value for fact in mei.profile.facts()] == ["Ghent"]


def test_the_same_chat_again_adds_nothing_and_a_longer_one_its_new_months(mei: Assistant) -> None:
    chat = "14/03/2025, 21:41 - Mei: Hi\n14/03/2025, 21:42 - Ana: Hello"
    assert mei.import_(chat.encode()).conversations == 1
    again = mei.import_(f"{chat}\n16/04/2025, 09:00 - Mei: Still there?".encode())
    assert (again.known, again.conversations) == (1, 1)
