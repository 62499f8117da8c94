"""What the user told of their life: what holds now, what no longer does, what is coming, and who they are in a few words."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant import Assistant, Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from assistant.talk.asked_about import People, goes_on, is_misread, weighed, with_shown
from assistant.talk.life import lines_of, themes_asked, themes_in
from assistant.talk.retelling import questions_in
from memory.types import Hit, Memory, Message, NewMemory
from tests.support import HashEmbedder, ready

NOT_ASKED = "The model was asked."
ENGLISH = (
    (50, "Hi! I'm Rosa, 44, from Lisbon originally. I run a flower shop in Providence."),
    (49, "My husband Neil is a paramedic and our twins Ada and Ben are nine."),
    (45, "I can't eat gluten, I'm coeliac."),
    (44, "My colleague Dana is allergic to lilies."),
    (40, "We live in a rented house on Hope Street, number 21."),
    (33, "I play the cello in the community orchestra."),
    (25, "I closed the flower shop. I work as a buyer for Whitman Gardens now."),
    (20, "We moved to 5 Cedar Lane in Warwick."),
    (12, "I gave up the cello, my shoulder hurts too much."),
    (9, "Wrong number earlier: it is 7 Cedar Lane. 7, not 5."),
)
CHINESE = (
    (50, "你好，我叫温静，三十一岁，成都人，在华西医院当护士。"),
    (49, "我老公林涛是体育老师，女儿朵朵四岁。"),
    (44, "我对花生过敏，严重的那种。"),
    (43, "我同事小罗乳糖不耐，喝奶茶都要换燕麦奶。"),
    (38, "我们租的房子在武侯区，一个月两千八。"),
    (30, "最近在学吉他，每周六下午上课。"),
    (22, "我从医院辞职了，去一家体检中心做健康管理师。"),
    (16, "上周搬到高新区，十九楼，视野特别好。"),
    (9, "吉他停了，改学游泳了。"),
)


@pytest.fixture
def mei(tmp_path: Path) -> Iterator[Assistant]:
    settings = Settings(data_dir=ready(tmp_path / "data"), grounded=True)
    with Runtime(settings, model=ScriptedModel(lambda _: NOT_ASKED), embedder=HashEmbedder()) as runtime:
        yield runtime.assistant("mei")


def told(mei: Assistant, texts: tuple[tuple[int, str], ...]) -> None:
    now = datetime.now(UTC)
    mei.memories.add_many([NewMemory(text, "mei", now - timedelta(days=days, hours=1)) for days, text in texts])


def test_what_is_known_is_what_holds_now_and_is_of_the_user(mei: Assistant) -> None:
    told(mei, ENGLISH)
    reply = mei.chat("What do you know about me?").text
    assert all(word in reply for word in ("Rosa", "Whitman Gardens", "Cedar Lane", "Neil", "coeliac"))
    assert not any(word in reply for word in ("Hope Street", "lilies"))


def test_what_is_known_is_what_holds_now_in_chinese(mei: Assistant) -> None:
    told(mei, CHINESE)
    reply = mei.chat("你都知道我些什么？").text
    assert all(word in reply for word in ("温静", "健康管理师", "高新区", "花生", "林涛"))
    assert not any(word in reply for word in ("华西医院", "武侯", "乳糖"))


def test_an_introduction_is_short_and_says_nothing_of_health(mei: Assistant) -> None:
    told(mei, ENGLISH)
    reply = mei.chat("Introduce me to my new team in two sentences.").text
    assert "Rosa" in reply
    assert "Whitman Gardens" in reply
    assert "coeliac" not in reply
    assert "\n" not in reply


def test_a_part_of_a_life_is_told_alone(mei: Assistant) -> None:
    told(mei, ENGLISH)
    reply = mei.chat("What do you know about my health?").text
    assert "coeliac" in reply
    assert "Whitman" not in reply
    told(mei, CHINESE)
    reply = mei.chat("我家里都有谁？").text
    assert "林涛" in reply
    assert "小罗" not in reply


@pytest.mark.parametrize(
    ("question", "has", "lacks"),
    [
        ("where do i live now?", "7 Cedar Lane", "Hope Street"),
        ("What's my job?", "Whitman Gardens", "Providence"),
        ("我现在住哪个区，几楼？", "高新区", "武侯"),
        ("我现在在哪儿上班？", "体检中心", "华西医院"),
    ],
)
def test_how_things_are_now_is_told_without_what_was(mei: Assistant, question: str, has: str, lacks: str) -> None:
    told(mei, ENGLISH if question.isascii() else CHINESE)
    reply = mei.chat(question).text
    assert has in reply
    assert lacks not in reply


@pytest.mark.parametrize(
    ("question", "no"), [("Do I still live on Hope Street?", "No, not any more"), ("我还住在武侯区吗？", "不是了")]
)
def test_what_no_longer_holds_is_denied(mei: Assistant, question: str, no: str) -> None:
    told(mei, ENGLISH if question.isascii() else CHINESE)
    assert mei.chat(question).text.startswith(no)


def test_what_is_coming_stands_in_the_order_of_its_days(mei: Assistant) -> None:
    now = datetime.now(UTC)
    near, far, gone = (
        f"{day:%-d %B}" for day in (now + timedelta(days=3), now + timedelta(days=9), now - timedelta(days=5))
    )
    told(mei, ((2, f"The concert is on {far}."), (2, f"Dentist on {near} at ten."), (4, f"I ran a race on {gone}.")))
    reply = mei.chat("What have I got coming up in the next two weeks?").text
    assert 0 < reply.index("Dentist") < reply.index("concert")
    assert "race" not in reply


def test_what_asks_is_not_remembered_as_telling(mei: Assistant) -> None:
    told(mei, ENGLISH)
    for question in ("Employer, role.", "I should like to know which house number I have."):
        mei.chat(question)
    assert len(mei.memories.list(100)) == len(ENGLISH)


def test_a_sentence_belongs_to_themes_and_a_question_asks_for_them() -> None:
    assert {"home"} <= themes_in("We moved to Ghent.")
    assert themes_in("我对花生过敏") == {"health", "food"}
    assert themes_asked("where do i live, and what's my job?") == {"home", "work"}
    assert themes_asked("我的身体情况") == {"health"}


def test_a_later_sentence_ends_an_earlier_one() -> None:
    now = datetime.now(UTC)
    texts = ("I play the cello.", "I am a vegan.", "I gave up the cello.")
    memories = [Memory(str(n), text, "said", "mei", now + timedelta(days=n), now) for n, text in enumerate(texts)]
    assert [line.past for line in lines_of(memories, ())][:2] == [True, False]


OF_PEOPLE = (
    (30, "My daughter Sinead is a midwife in Galway, she is thirty-six."),
    (29, "My son Declan is thirty-nine and a chef in Rotterdam."),
    (20, "I mend clocks in Ballinoe, where I live."),
    (10, "My neighbour Mrs Teague is eighty-eight."),
)


def test_notes_of_others_and_of_another_sort_answer_less_likely() -> None:
    now = datetime.now(UTC)
    people = People([frozenset({"daughter", "sinead"}), frozenset({"son", "declan"})])
    hits = [Hit(Memory(str(n), text, "said", "mei", now, now), 0.5) for n, (_, text) in enumerate(OF_PEOPLE)]
    assert "Rotterdam" in weighed("Where does my son live?", hits, people, ())[0].memory.text
    assert "Sinead" in weighed("How old is Sinead?", hits, people, ())[0].memory.text


def test_a_question_about_the_last_reply_is_answered_by_what_it_told() -> None:
    now = datetime.now(UTC)
    hits = [Hit(Memory(str(n), text, "said", "mei", now, now), 0.05) for n, (_, text) in enumerate(OF_PEOPLE)]
    people = People([frozenset({"daughter", "sinead"}), frozenset({"son", "declan"})])
    before = [Message("m", "c", None, "assistant", "Your son is a chef.", "complete", now, now, recalled=(hits[1],))]
    assert goes_on("And in which town does he live?", people, before)
    assert not goes_on("Where does Sinead live?", people, before)
    assert with_shown(hits, "And in which town does he live?", people, before)[0].memory.id == "1"


def test_a_question_of_ones_people_is_no_sum_and_no_definition() -> None:
    assert is_misread("How old is Sinead?", "sum")
    assert not is_misread("What is a lantern?", "world")


def test_of_a_long_message_what_asks_is_looked_up() -> None:
    talk = "It is beginning to rain and I left my book at the library. " * 3
    assert questions_in(f"{talk}How old is Sinead?") == ("How old is Sinead?",)
    assert questions_in("Who is Colm and what is his job?")[1] == "Who is Colm what is his job"
