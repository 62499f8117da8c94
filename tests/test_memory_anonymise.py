"""An anonymous export says what was said and not by whom, in both languages, consistently, and with a key back again."""

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import Runtime
from memory.errors import BadInput
from memory.exchange.anonymise import Anonymiser, reveal
from memory.exchange.anonymous_log import AnonymousLog, revealed
from memory.exchange.log_export import lines
from tests.support import zhiji


def hidden(text: str, *names: str, **choices: bool) -> str:
    anonymiser = Anonymiser(names, **choices)
    anonymiser.learn(text)
    return anonymiser.replace(text)


@pytest.mark.parametrize(
    ("text", "as_is"),
    [
        ("Write to ana.souza+home@mail.example.pt soon", "Write to [EMAIL_1] soon"),
        ("It is on https://ana.example/me?x=1, look", "It is on [URL_1] look"),
        ("Call +351 912 345 678 or (415) 555-2671 or 13800138000", "Call [PHONE_1] or [PHONE_2] or [PHONE_3]"),
        ("Card 4111 1111 1111 1111 please", "Card [CARD_1] please"),
        ("Card 4111 1111 1111 1112 please", "Card 4111 1111 1111 1112 please"),
        ("IBAN DE89 3704 0044 0532 0130 00 it is", "IBAN [ACCOUNT_1] it is"),
        ("At 192.168.1.20 and 2001:0db8:85a3:0000:0000:8a2e:0370:7334", "At [IP_1] and [IP_2]"),
        ("My passport number is X1234567.", "My passport number is [ID_1]."),
        ("我的身份证是11010519491231002X", "我的身份证是[ID_1]"),
        ("I live at 12 Baker Street, London NW1 6XE now", "I live at [ADDRESS_1] now"),
        ("我住在北京市海淀区中关村大街27号1号楼502室，电话13800138000", "我住在[ADDRESS_1]，电话[PHONE_1]"),
        ("Ich wohne Hauptstraße 14, und du?", "Ich wohne [ADDRESS_1], und du?"),
        ("My password is hunter22!", "My password is [SECRET_1]"),
        ("My name is Ana Souza. Ana is 30.", "My name is [PERSON_1]. [PERSON_1b] is 30."),
        ("I met Dr. Okonkwo and my colleague Priya", "I met Dr. [PERSON_1] and my colleague [PERSON_2]"),
        ("Bjørn told me. Thanks, Bjørn!", "[PERSON_1] told me. Thanks, [PERSON_1]!"),
        ("我叫陈晓，妻子叫李娜", "我叫[PERSON_1]，妻子叫[PERSON_2]"),
        ("我老公叫启航，天天出差", "我老公叫[PERSON_1]，天天出差"),
        ("我老公周启航还没回，启航电话里只说辛苦", "我老公[PERSON_1]还没回，[PERSON_1b]电话里只说辛苦"),
        ("我老公周末加班，同事马上到", None),
        ("让梁大夫看的，我又买了一张床", "让[PERSON_1]大夫看的，我又买了一张床"),
        ("蘇師傅說好，段姐也來", "[PERSON_1]師傅說好，[PERSON_2]也來"),
        ("张医生给了我一张纸", "[PERSON_1]医生给了我一张纸"),
        ("带来一只鸟，叫叮当，不开嗓", "带来一只鸟，叫[PERSON_1]，不开嗓"),
        ("我同学和老板都来了", None),
        ("张医生说没事", "[PERSON_1]医生说没事"),
        ("Will you come in May? Rose likes the rose garden.", None),
        (
            "In Paris we had a beer on Monday, version 3.11.7 of it, 2 pm",
            "In [NAME_1] we had a beer on Monday, version 3.11.7 of it, 2 pm",
        ),
        ("The order of 1234 pieces cost 99.50, see page 12", None),
        ("我昨天在上海吃了小笼包，路上堵车了", "我昨天在[NAME_1]吃了小笼包，路上堵车了"),
        ("My friend Will Smith called", "My friend [PERSON_1] called"),
        ("I am 34 and he is 30 years old, in 20 minutes", None),
        ("It was on 3 May 1991", None),
    ],
)
def test_what_is_replaced_and_what_is_not(text: str, as_is: str | None) -> None:
    assert hidden(text) == (text if as_is is None else as_is)


@pytest.mark.parametrize(
    ("text", "as_is"),
    [
        ("I'm 34, she is 30 years old", "I'm [AGE_1], she is [AGE_2] years old"),
        ("我今年三十二岁", "我今年[AGE_1]岁"),
        ("a 5-year-old, in 20 minutes", "a [AGE_1]-year-old, in 20 minutes"),
        ("Born on 3 May 1991, or 1991-05-03, or May 3rd", "Born on [DATE_1], or [DATE_2], or [DATE_3]"),
        ("生于1991年5月3日", "生于[DATE_1]"),
    ],
)
def test_ages_and_dates_by_choice(text: str, as_is: str) -> None:
    assert hidden(text, ages=True, dates=True) == as_is
    assert hidden(text) == text


def test_known_names_are_replaced_however_they_are_written() -> None:
    assert (
        hidden("mei and MEI and Mei, not meiosis", "mei") == "[PERSON_1] and [PERSON_1b] and [PERSON_1c], not meiosis"
    )
    assert hidden("豆豆睡了", "me", "豆豆") == "[PERSON_1]睡了"


def test_one_pseudonym_each_throughout() -> None:
    texts = [
        "Ask Joanna.",
        "My sister Joanna Petrova is here",
        "joanna@x.example and joanna@x.example",
        "Petrova, then Joanna",
    ]
    anonymiser = Anonymiser()
    for text in texts:
        anonymiser.learn(text)
    replaced = [anonymiser.replace(text) for text in texts]
    assert replaced[0] == "Ask [PERSON_1]."
    assert replaced[1] == "My sister [PERSON_1b] is here"
    assert replaced[2] == "[EMAIL_1] and [EMAIL_1]"
    assert replaced[3] == "[PERSON_1c], then [PERSON_1]"
    assert anonymiser.counts == {"PERSON": 4, "EMAIL": 2}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=80),
            st.sampled_from(
                [
                    "My name is Ana Souza, ana@x.example", "[PERSON_1] said", "call +351912345678", "我叫陈晓", "Ana", "souza",
                    "4111111111111111", "3 May 1991", "12 Baker Street, London", "[DATE_12b]",
                ]
            ),
        ),
        max_size=6,
    )
)  # fmt: skip
def test_with_the_key_every_text_is_as_it_was(texts: list[str]) -> None:
    anonymiser = Anonymiser(["mei"], ages=True, dates=True)
    for text in texts:
        anonymiser.learn(text)
    for text in texts:
        assert reveal(anonymiser.replace(text), anonymiser.key) == text


NEEDLES = ("Quillon", "mei@x.example", "Zephyrine", "13800138000", "陈晓雯")
SAID = (
    "My name is Quillon Ashgrove, mei@x.example, and my sister Zephyrine calls me.",
    "我朋友叫陈晓雯，她的电话是13800138000。",
    "What does Zephyrine do?",
)


def talked(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    reply = None
    for said in SAID:
        reply = mei.chat(said, conversation_id=reply.conversation_id if reply else None)
    assert reply is not None
    mei.feedback.rate(str(reply.message_id), "down", "Zephyrine is a nurse", corrected="Zephyrine is a nurse, Quillon.")


@pytest.mark.parametrize("format", ["jsonl", "md", "html", "csv", "sharegpt", "openai"])
def test_no_format_tells_who_it_is(runtime: Runtime, format: str) -> None:
    talked(runtime)
    mei = runtime.assistant("mei")
    assert all(needle in "".join(mei.export_lines(format)) for needle in NEEDLES[:1])  # type: ignore[arg-type]
    written = "".join(mei.export_lines(format, anonymous=True))  # type: ignore[arg-type]
    for needle in (*NEEDLES, "Ashgrove", '"mei"', "**mei**"):
        assert needle.lower() not in written.lower(), needle
    ids = set(re.findall(r"[0-9a-f]{32}", "".join(mei.export_lines("jsonl"))))
    assert not ids & set(re.findall(r"[0-9a-f]{32}", written))
    assert "calls me" in written


def test_an_anonymous_log_is_a_log_and_its_ids_hang_together(runtime: Runtime) -> None:
    talked(runtime)
    records = [json.loads(line) for line in runtime.assistant("mei").export_lines(anonymous=True)]
    messages = {record["id"]: record for record in records if record["type"] == "message"}
    (conversation,) = (record for record in records if record["type"] == "conversation")
    assert conversation["head_id"] in messages
    assert all(record["parent_id"] in messages for record in messages.values() if record["parent_id"])
    assert {record["prompt_id"] for record in messages.values()} == {None}
    report = runtime.assistant("li").import_("\n".join(map(json.dumps, records)).encode())
    assert (report.conversations, report.messages) == (1, 6)


def test_whom_a_reader_hears_is_hidden_wherever_he_stands(runtime: Runtime) -> None:
    def named(texts: Sequence[str]) -> Sequence[Sequence[str]]:
        heard = {"我家知行": "知行", "栗子": "栗子", "my sister Ines": "my sister Ines", "室友": "室友"}
        return [[words for name, words in heard.items() if name in text] for text in texts]

    mei, store = runtime.assistant("mei"), runtime.store
    for said in (
        "我家知行爱跑步，室友不爱",
        "栗子又胖了",
        "my sister Ines has left",
        "知行说栗子，Ines 也说，室友没说",
    ):
        mei.chat(said)
    hidden = AnonymousLog(store.database, store.user("mei"), named)
    told = "".join(lines(store.database, store.user("mei"), "jsonl", hidden=hidden))
    assert not any(name in told for name in ("知行", "栗子", "Ines"))
    assert told.count("室友") >= 2


def test_without_dates_every_time_is_moved_by_as_much(runtime: Runtime) -> None:
    talked(runtime)
    mei, store = runtime.assistant("mei"), runtime.store
    plain = [json.loads(line) for line in mei.export_lines()]
    without = AnonymousLog(store.database, store.user("mei"), dates=True)
    moved = [json.loads(line) for line in lines(store.database, store.user("mei"), "jsonl", hidden=without)]
    times = [[record["occurred_at"] for record in records if record["type"] == "message"] for records in (plain, moved)]
    from datetime import datetime

    apart = {datetime.fromisoformat(now) - datetime.fromisoformat(then) for now, then in zip(*times, strict=True)}
    assert len(apart) == 1
    assert times[1][0].startswith("2000-01-01T00:00:00")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([".jsonl", ".html", ".csv"]))
def test_the_key_brings_each_format_back(suffix: str) -> None:
    said = 'My friend Ana "O\'Hara" <ana@x.example>, see https://x.example/?a=1&b="2"'
    anonymiser = Anonymiser()
    anonymiser.learn(said)
    text = anonymiser.replace(said)
    key = json.dumps({"type": "zhiji-key", "version": 1, "labels": anonymiser.key})
    if suffix == ".jsonl":
        assert json.loads(revealed(json.dumps(text), key, suffix)) == said
    elif suffix == ".csv":
        line = io.StringIO()
        csv.writer(line).writerow([text])
        assert next(csv.reader(io.StringIO(revealed(line.getvalue(), key, suffix)))) == [said]
    else:
        from html import escape, unescape

        assert unescape(revealed(escape(text), key, suffix)) == said


def test_the_commands_hide_and_reveal(tmp_path: Path) -> None:
    zhiji(tmp_path, "chat", "-u", "mei", say="My friend Zephyrine lives at 12 Baker Street, London.\n")
    wrong = zhiji(tmp_path, "export", "-u", "mei", "--key", "key.json")
    assert (wrong.returncode, "--anonymise" in wrong.stderr) == (65, True)
    done = zhiji(tmp_path, "export", "-u", "mei", "--anonymise", "--key", "key.json", "-o", "log.jsonl")
    assert done.returncode == 0, done.stderr
    assert "address" in done.stderr
    assert "Zephyrine" not in (tmp_path / "log.jsonl").read_text(encoding="utf-8")
    assert zhiji(tmp_path, "reveal", "log.jsonl", "key.json", "-o", "back.jsonl").returncode == 0
    assert "My friend Zephyrine lives at 12 Baker Street" in (tmp_path / "back.jsonl").read_text(encoding="utf-8")
    bad = zhiji(tmp_path, "reveal", "log.jsonl", "log.jsonl", "-o", "x.jsonl")
    assert (bad.returncode, "no key" in bad.stderr, (tmp_path / "x.jsonl").exists()) == (65, True, False)
    with pytest.raises(BadInput, match="no key"):
        revealed("x", "[" * 50_000, ".md")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("I'm Nayeli, hello.", "I'm [PERSON_1], hello."),
        ("I am Nayeli and nayeli is I.", "I am [PERSON_1] and [PERSON_1b] is I."),
        ("I'm American, I'm Pakistani and I'm German.", "I'm American, I'm Pakistani and I'm German."),
        ("I am Running late", "I am Running late"),
        ("Don't ask Don.", "Don't ask [PERSON_1]."),
        ("我是Ana的姐姐，my name is Ana.", "我是[PERSON_1]的姐姐，my name is [PERSON_1]."),
        ("Write to @nayeli_92 or see mei-souza.com/about.", "Write to [HANDLE_1] or see [URL_1]"),
        ("Born 5/17/1990, moved in May 1990, born in 1961.", "Born [DATE_1], moved in [DATE_2], born in [DATE_3]."),
        ("1990年出生", "[DATE_1]年出生"),
        ("A 34yo man, 35 y/o, 36 years old", "A [AGE_1]yo man, [AGE_2] y/o, [AGE_3] years old"),
    ],
)
def test_names_dates_and_handles_of_more_kinds(text: str, hidden: str) -> None:
    anonymiser = Anonymiser(ages=True, dates=True)
    anonymiser.learn(text)
    assert anonymiser.replace(text) == hidden


def test_many_names_do_not_make_it_slow() -> None:
    names = [f"Name{n} Family{n}" for n in range(20_000)]
    anonymiser = Anonymiser(names)
    assert anonymiser.replace("name7, Family19999 and Name123 Family123") == "[PERSON_1], [PERSON_2] and [PERSON_3]"
    assert len(str(anonymiser.replace("nothing of it " * 100_000))) == 1_400_000


def test_a_title_cut_in_an_address_shows_no_part_of_it(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    mei.chat("Please remember that since last Monday I live in 12 Harbour View Road, Apt 4, Bristol")
    title = mei.conversations.list()[0].title
    assert title.endswith("…")
    assert "Harbour" in title
    log = "".join(mei.export_lines("jsonl", anonymous=True))
    assert "Harbour" not in log
    assert "[ADDRESS_1" in log


def test_people_of_a_chinese_profile_are_known(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    mei.profile.set("people", "妹妹小红")
    mei.chat("小红喜欢吃辣")
    log = "".join(mei.export_lines("jsonl", anonymous=True))
    assert "小红" not in log


TOLD = (
    """
Yesterday *Rui* and I walked through *Cedofeita* down to the *Ribeira*.|*Rui* knows everybody in *Porto*.
i met *rui* again in *porto*
We moved from *Kraków* to a village near *Zakopane*, and *Wojtek* stayed.|Then *Siobhan* rang.|*Siobhan*'s flat is in *Ennis*.
Had lunch with *Thandiwe*, *Okechukwu* and *Nkechi* at *Mama Put* on Friday.|*Nkechi* paid.
My landlord, *Herr Brandstätter*, is ill.
*Ximena* works at *Cemex* in *Monterrey*; *Joaquín* does not.|On Sundays we go to *Lago di Braies*.|Ask *Yrsa* or *Þórdís*.
The plumber (*Zbigniew*) came late.|"*Bashir* is here," said *Leïla*.|From *Tbilisi* we flew to *Batumi* with *Nino*'s brother.
Went to *Bath* with *Grace* last May.|I told *Hope* that *Will* is ill.|*Priyanka*-ji taught me.|We are in *Ho Chi Minh City* now.
I grew up in *Aldeia da Serra*, not far from *Cascais*.
At *Crichton Road* I met *Mhairi* and her dog *Biscuit*.|- *Oluwaseun*: bring rice
Её зовут *Катя*, она из *Казани*.|Ο *Γιώργος* μένει στην *Αθήνα*.|*Müşerref* ile *İzmir*'e gittik.
我跟*小明*去了*苏州*，在*寒山寺*见到*周敏*。|昨天*陈晓东*从*成都*来了。|*小李*说*西湖*很漂亮。|我们在*北京*的*颐和园*拍照。|*王芳*住在*广州*。
""".strip()
    .replace("\n", "|")
    .split("|")
)
"""People and places as one tells of them, each between stars; nobody introduces them."""


def test_names_told_in_passing_go() -> None:
    anonymiser = Anonymiser()
    texts = [text.replace("*", "") for text in TOLD]
    for text in texts:
        anonymiser.learn(text)
    left, mentions = [], 0
    for told, text in zip(TOLD, texts, strict=True):
        hidden = anonymiser.replace(text)
        for name in re.findall(r"\*([^*]+)\*", told):
            mentions += 1
            left += (
                [name]
                if re.search(rf"(?<!\w){re.escape(name)}(?!\w)" if name.isascii() else re.escape(name), hidden)
                else []
            )
        assert reveal(hidden, anonymiser.key) == text
    assert mentions > 60
    assert left == []


@pytest.mark.parametrize(
    "text",
    [
        "Sounds good, thanks! Wow, that is great. Hmm, maybe later. Congrats!",
        "Breakfast was late on Monday. Unpacking took all of May, and I'm tired.",
        "My Mom and Dad speak English and Chinese; the TV is broken, OK?",
        "- Buy milk\n- Water plants\n1. Mix eggs\n2. Add flour",
        "# Things to Pack for the Trip",
        "Aww!! Haha, Yup. Woohoo! Oops... Thankfully nothing broke.",
        "Use `Foo.Bar` and\n```\nclass Walrus: pass\n```\nthen run it.",
        "今天天气很好，我们去城市公园散步，谢谢大家。",
        "I LOVE IT SO MUCH",
    ],
)
def test_what_is_no_name_stays(text: str) -> None:
    assert hidden(text) == text


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("went to aldi with marisol and kyle", ("marisol", "kyle")),
        ("ellie's dad rick is here lol", ("ellie", "rick")),
        ("so kevin texted nadia again", ("kevin", "nadia")),
        ("a rose in the ward, penny for your thoughts, grace under fire, mark my words", ()),
        ("we saw the queen and the porter, frank talk, jade green", ()),
    ],
)
def test_a_first_name_in_small_letters_goes_unless_it_is_a_word(text: str, hidden: tuple[str, ...]) -> None:
    anonymiser = Anonymiser()
    anonymiser.learn(text)
    written = anonymiser.replace(text)
    assert not any(name in written for name in hidden)
    assert sum(anonymiser.counts.values()) == len(hidden)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我闺女晓晴在郑州上班", "晓晴"),
        ("老二子萱吃一口就肿", "子萱"),
        ("昨天佩珊来帮忙收摊", "佩珊"),
        ("媳妇素琴腰不好", "素琴"),
        ("小女儿语航明年上学", "语航"),
        ("我妹妹怡君住台南", "怡君"),
        ("老伴秀珍天天念叨", "秀珍"),
    ],
)
def test_a_chinese_given_name_goes_without_its_family_name(text: str, name: str) -> None:
    hidden = Anonymiser()
    hidden.learn(text)
    assert name not in hidden.replace(text)
    assert len(hidden.replace(text)) >= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "我妈妈喜欢跳舞",
        "同事都在加班，朋友也去",
        "儿子很好，女儿也好",
        "朋友推薦的牙醫，過敏要避開",
        "媳妇说这个食材新鲜",
    ],
)
def test_what_follows_a_relation_and_is_a_word_stays(text: str) -> None:
    hidden = Anonymiser()
    hidden.learn(text)
    assert hidden.replace(text) == text
