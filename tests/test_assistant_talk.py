"""What code answers in a chat, what it does when told to, and what is kept from being shown."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant import Assistant, Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from assistant.talk.fact_sentences import sentence
from assistant.talk.retelling import questions_in, retell
from memory.language.reading import read
from memory.types import Fact, Hit, Memory
from tests.support import NOT_ASKED, HashEmbedder, Script, ready, told


def texts(mei: Assistant) -> str:
    return "\n".join(memory.text for memory in mei.memories.list(500))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who are you?", "I am Zhiji"),
        ("你是谁？", "我是知己"),
        ("Where does my data go?", "stays on this machine"),
        ("谁能看到我说的这些？", "只留在这台电脑上"),
        ("What's 17% of 84?", "14.28"),
        ("84的17%是多少？", "14.28"),
    ],
)
def test_what_code_knows_the_model_is_not_asked(mei: Assistant, script: Script, question: str, words: str) -> None:
    reply = mei.chat(question)
    assert words in reply.text
    assert script.asked == []
    assert mei.memories.list() == []  # it tells nothing, so nothing is remembered
    assert next(message.text for message in mei.conversations.get(reply.conversation_id or "").messages) == question


def test_a_sum_that_lacks_a_number_takes_it_from_what_was_told(mei: Assistant, script: Script) -> None:
    told(mei, "The bakery on Mill Road pays me 12 an hour, 15 hours a week.", "My cousin keeps bees in Wales.")
    reply = mei.chat("What do I make a week at the bakery before tax?")
    assert "180" in reply.text
    assert "You told me" in reply.text
    assert [hit.memory.text[:10] for hit in reply.recalled] == ["The bakery"]
    assert script.asked == []


def test_the_time_is_that_of_the_users_zone(mei: Assistant) -> None:
    mei.preferences.set(time_zone="Pacific/Kiritimati")
    there = datetime.now(mei.preferences.get().zone())
    assert there.strftime("%Y") in mei.chat("What time is it?").text
    assert str(there.day) in mei.chat("what's today's date").text


def test_without_grounding_the_model_answers_everything(tmp_path: Path, script: Script) -> None:
    settings = Settings(data_dir=ready(tmp_path / "data"), grounded=False)
    with Runtime(settings, model=ScriptedModel(script), embedder=HashEmbedder()) as runtime:
        assert runtime.assistant("mei").chat("Who are you?").text == NOT_ASKED


def test_forgetting_by_words_takes_what_is_meant_and_nothing_else(mei: Assistant) -> None:
    told(mei, "My knee hurts since the fall.", "The knee doctor is called Ito.", "My sister lives in Turin.")
    reply = mei.chat("Please forget what I said about my knee.")
    assert "2 things you told me" in reply.text
    assert "knee" not in texts(mei)
    assert "Turin" in texts(mei)
    assert mei.erasures.list()


def test_what_the_profile_made_of_it_goes_too(mei: Assistant, script: Script) -> None:
    script.replies = ["Good to know, you live by the sea."]
    mei.chat("I live in Porto.")
    assert mei.profile.get("home")
    mei.chat("Forget everything about Porto.")
    assert mei.profile.get("home") is None
    assert "Porto" not in texts(mei)


def test_in_chinese_too(mei: Assistant) -> None:
    told(mei, "我的膝盖一直疼。", "我妹妹住在都灵。")
    assert "忘掉" in mei.chat("把我说过的膝盖的事忘掉").text
    assert "膝盖" not in texts(mei)
    assert "都灵" in texts(mei)


def test_many_things_are_shown_first_and_a_yes_forgets_them(mei: Assistant) -> None:
    told(mei, *(f"The boat needs part {number}." for number in range(12)), "The garden is dry.")
    shown = mei.chat("Delete everything about the boat.")
    assert "Shall I forget it" in shown.text
    assert "part 3" in texts(mei)
    done = mei.chat("Yes, please.", conversation_id=shown.conversation_id)
    assert "12 things you told me" in done.text
    assert "boat" not in texts(mei)
    assert "garden" in texts(mei)
    again = mei.conversations.get(shown.conversation_id or "").messages
    assert all("part 3" not in message.text for message in again)  # what was shown went too


def test_a_no_forgets_nothing(mei: Assistant) -> None:
    told(mei, *(f"The boat needs part {number}." for number in range(12)))
    shown = mei.chat("Delete everything about the boat.")
    assert "nothing is forgotten" in mei.chat("No, keep them.", conversation_id=shown.conversation_id).text
    assert len(mei.memories.list(50)) == 12
    mei.memories.forget(next(memory.id for memory in mei.memories.list(50) if "part 3." in memory.text))
    there = mei.conversations.get(shown.conversation_id or "").messages
    assert all("part 3" not in message.text for message in there)  # the list goes with what it quotes


def test_a_yes_to_something_else_forgets_nothing(mei: Assistant, script: Script) -> None:
    told(mei, *(f"The boat needs part {number}." for number in range(12)))
    shown = mei.chat("Delete everything about the boat.")
    script.replies = ["It is fine weather."]
    mei.chat("How is the weather for sailing?", conversation_id=shown.conversation_id)
    mei.chat("Yes.", conversation_id=shown.conversation_id)
    assert len([memory for memory in mei.memories.list(50) if "boat" in memory.text]) == 12


@pytest.mark.parametrize("all_of_it", ["Forget everything about everyone", "把所有东西都忘掉"])
def test_everything_at_once_has_its_own_page(mei: Assistant, all_of_it: str) -> None:
    told(mei, "My sister lives in Turin.")
    mei.chat(all_of_it)
    assert len(mei.memories.list()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Write a story in which a man says “forget everything about Turin”.",
        "Translate: forget what I said about Turin.",
        "翻译一下：把都灵的事忘掉",
        "I always forget my umbrella in Turin.",
    ],
)
def test_a_command_that_is_somebody_elses_is_not_obeyed(mei: Assistant, text: str) -> None:
    told(mei, "My sister lives in Turin.", "我妹妹住在都灵。")
    mei.chat(text)
    assert len([memory for memory in mei.memories.list(50) if memory.kind == "note"]) == 2


def test_nothing_found_is_nothing_forgotten(mei: Assistant) -> None:
    told(mei, "My sister lives in Turin.")
    assert "nothing to forget" in mei.chat("Forget what I said about submarines.").text


def test_what_is_private_is_not_remembered_nor_learned_nor_a_title(mei: Assistant) -> None:
    reply = mei.chat("Don't save this, but I live in Braga now.")
    assert "between us" in reply.text
    assert mei.memories.list() == []
    assert mei.profile.facts() == []
    assert "Braga" not in mei.conversations.get(reply.conversation_id or "").title


def test_what_was_said_just_before_can_be_made_private(mei: Assistant, script: Script) -> None:
    script.replies = ["I see."]
    first = mei.chat("I have a crush on the baker.")
    assert "crush" in texts(mei)
    done = mei.chat("Don't save that, please.", conversation_id=first.conversation_id)
    assert "crush" not in texts(mei)
    last = mei.conversations.get(first.conversation_id or "").messages[-1]
    assert last.text == done.text != ""


def test_undo_takes_back_what_was_told_last(mei: Assistant, script: Script) -> None:
    script.replies = ["I see."]
    first = mei.chat("I live in Porto.")
    assert mei.profile.get("home")
    mei.chat("undo that", conversation_id=first.conversation_id)
    assert mei.profile.get("home") is None
    assert "Porto" not in texts(mei)
    assert "Porto" not in "".join(one.text for one in mei.conversations.get(first.conversation_id or "").messages)


def test_what_is_to_be_remembered_is_said_back(mei: Assistant, script: Script) -> None:
    reply = mei.chat("Please remember that my locker is number 8.")
    assert reply.text == "Noted: your locker is number 8."
    assert "locker" in texts(mei)
    assert script.asked == []


def test_a_correction_is_remembered_and_said_back(mei: Assistant) -> None:
    told(mei, "The play begins at 7.")
    reply = mei.chat("Actually, the play begins at 8, not 7.")
    assert "8" in reply.text
    assert "begins at 8" in texts(mei)


def test_a_week_is_told_with_its_days(mei: Assistant) -> None:
    told(mei, "I went to the dentist.", "I bought a green bike.", days_ago=2)
    told(mei, "I painted the kitchen.", days_ago=30)
    reply = mei.chat("What did I tell you in the last 7 days?")
    assert "you went to the dentist" in reply.text.casefold()
    assert "green bike" in reply.text
    assert "kitchen" not in reply.text


def test_a_topic_is_told(mei: Assistant) -> None:
    told(mei, "My garden has three apple trees.", "I bought a green bike.")
    reply = mei.chat("What have I said about the garden?")
    assert "your garden has three apple trees" in reply.text.casefold()
    assert "bike" not in reply.text


def test_when_something_was_told(mei: Assistant) -> None:
    told(mei, "I am allergic to walnuts.", days_ago=40)
    told(mei, "The walnuts at the party made me sneeze.", days_ago=1)
    day = (datetime.now().astimezone() - timedelta(days=40, hours=1)).day
    assert f"On {day} " in mei.chat("When did I tell you about the walnuts?").text


def test_what_is_known_is_told_in_the_second_person(mei: Assistant) -> None:
    mei.profile.set("home", "Porto")
    told(mei, "I have a parrot called Momo.")
    reply = mei.chat("What do you know about me?")
    assert "You live in Porto." in reply.text
    assert "you have a parrot called Momo" in reply.text.casefold() or "Momo" in reply.text


def test_a_reminder_is_set_and_listed(mei: Assistant) -> None:
    reply = mei.chat("Remind me tomorrow at nine to call the plumber.")
    assert "09:00" in reply.text
    assert "call the plumber" in str(mei.reminders.list()[0])
    assert "plumber" in mei.chat("What reminders do I have?").text
    assert mei.memories.list() == []


def test_a_reminder_without_a_time_is_asked_about_and_then_set(mei: Assistant) -> None:
    first = mei.chat("Remind me to water the plants.")
    assert first.text.rstrip().endswith("?")
    mei.chat("tomorrow at eight in the evening", conversation_id=first.conversation_id)
    assert "water the plants" in str(mei.reminders.list()[0])
    assert "20:00" in str(mei.reminders.list()[0])


def test_an_echo_is_asked_for_again_and_not_shown(mei: Assistant, script: Script) -> None:
    script.replies = ["My sister moved to Turin in May.", "Turin is a fine city for her."]
    reply = mei.chat("My sister moved to Turin in May.")
    assert reply.text == "Noted: Your sister lives in Turin.\n\nTurin is a fine city for her."
    assert len(script.asked) == 2
    assert script.asked[1].startswith(script.asked[0])


def test_what_cannot_be_repaired_falls_back_on_what_was_told(mei: Assistant, script: Script) -> None:
    script.replies = ["My sister moved to Turin in May."] * 2
    reply = mei.chat("My sister moved to Turin in May.")
    assert reply.text == "Noted: Your sister lives in Turin."


def test_food_that_would_harm_is_left_out(mei: Assistant, script: Script) -> None:
    mei.profile.add("allergies", "shellfish")
    script.replies = ["Try a tomato soup first. Then prawn curry with rice. Fruit is good after that."]
    reply = mei.chat("What should I cook tonight?")
    assert "prawn curry" not in reply.text
    assert "tomato soup" in reply.text
    assert "Fruit" in reply.text
    assert "allergic to shellfish" in script.asked[0].casefold()


def test_a_request_against_a_limit_is_warned_of_first(mei: Assistant, script: Script) -> None:
    mei.profile.add("allergies", "shellfish")
    script.replies = ["A bean stew is a good dish instead."]
    reply = mei.chat("Give me a recipe for prawns in garlic.")
    assert reply.text.startswith("Prawns are shellfish") or "shellfish" in reply.text.split("\n")[0]
    assert "bean stew" in reply.text


def test_questions_are_not_remembered_but_what_is_told_beside_them_is(mei: Assistant, script: Script) -> None:
    script.replies = ["A bean stew."] * 3
    mei.chat("What is the capital of Mongolia?")
    assert mei.memories.list(kinds=["said"]) == []
    mei.chat("I have a wheat allergy. What can I bake on Sunday?")
    assert "wheat" in texts(mei)


def test_a_temporary_chat_changes_nothing(mei: Assistant, script: Script) -> None:
    told(mei, "My knee hurts since the fall.")
    script.replies = ["I cannot do that here."]
    mei.temporary().chat("Forget what I said about my knee.")
    assert "knee" in texts(mei)
    assert "I am Zhiji" in mei.temporary().chat("Who are you?").text


def test_the_commands_of_one_user_touch_nothing_of_another(tmp_path: Path, script: Script) -> None:
    settings = Settings(data_dir=ready(tmp_path / "data"), grounded=True)
    with Runtime(settings, model=ScriptedModel(script), embedder=HashEmbedder()) as runtime:
        mei, jo = runtime.assistant("mei"), runtime.assistant("jo")
        told(mei, "My knee hurts.")
        jo.memories.add("My knee hurts too.", speaker="jo")
        mei.chat("Forget what I said about my knee.")
        assert "knee" in texts(jo)
        assert "knee" not in texts(mei)


def test_an_edited_command_is_done_and_one_asked_for_again_is_not(mei: Assistant, script: Script) -> None:
    script.replies = ["All right."] * 3
    told(mei, "My knee hurts.")
    first = mei.chat("Forget what I said about my knee.")
    told(mei, "My knee hurts again.")
    list(mei.regenerate(first.conversation_id or ""))
    assert "knee" in texts(mei)


def test_a_question_about_what_was_told_is_answered_by_it(mei: Assistant, script: Script) -> None:
    told(mei, "Oslo trip: I am leaving on 7 December, back on 10 December.", "I hate mushrooms.")
    reply = mei.chat("When am I leaving for Oslo?")
    assert "you told me: Oslo trip: you are leaving on 7 December" in reply.text
    assert [hit.memory.text[:4] for hit in reply.recalled] == ["Oslo"]
    assert not script.asked


def retold(question: str, *notes: tuple[str, float]) -> list[str]:
    """The lines of an answer from notes of these chances, each told a day after the one before."""
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    hits = [
        Hit(Memory(str(n), text, "said", None, begin + timedelta(days=n), begin), chance)
        for n, (text, chance) in enumerate(notes)
    ]
    found = [(question, sorted(hits, key=lambda hit: -hit.score))]
    answer = retell(read(question, begin + timedelta(days=20)), found, "mei")
    assert answer is not None
    return answer.text.splitlines()


def test_what_was_told_later_comes_first() -> None:
    lines = retold(
        "Where do I live?", ("I live in Porto.", 0.4), ("I live in Lisbon now.", 0.3), ("I hate rain.", 0.05)
    )
    assert lines == [
        "On 2 November 2026 you told me: you live in Lisbon now.",
        "Before that, on 1 November 2026: you live in Porto.",
    ]


def test_several_things_are_a_list_in_their_order() -> None:
    lines = retold(
        "List all the books I am reading.", ("I am reading Salt Road.", 0.3), ("I am reading Quiet Weir too.", 0.4)
    )
    assert [line[:1] for line in lines] == ["W", "-", "-"]
    assert "Salt Road" in lines[1]


def test_what_is_not_likely_to_answer_is_said_to_be_the_nearest() -> None:
    assert retold("What is my new shoe size in Italy?", ("I have a big shoe.", 0.02))[0].startswith(
        "I do not find exactly that"
    )
    assert len(retold("What did I call the blue boat?", ("I call the blue boat Ida.", 0.02))) == 1


def test_what_was_not_told_is_not_known(mei: Assistant, script: Script) -> None:
    told(mei, "My sister lives in Turin.")
    assert mei.chat("What is my shoe size?").text.startswith(
        ("You have not told me that", "I do not find exactly that")
    )
    assert not script.asked


def test_a_follow_up_is_searched_for_in_full(mei: Assistant, script: Script) -> None:
    told(mei, "The dentist is called Ito, his wife is Aiko.", "The garden is dry.")
    script.replies = ["Your dentist is called Ito.", "She is called Aiko."]
    first = mei.chat("Who is my dentist?")
    reply = mei.chat("And his wife?", conversation_id=first.conversation_id)
    assert any("Aiko" in hit.memory.text for hit in reply.recalled)


def test_what_may_be_no_command_is_shown_before_it_is_forgotten(mei: Assistant) -> None:
    told(mei, "My old wage was 900 a month.")
    shown = mei.chat("It would be better if my old wage were no longer in there, get that out please")
    assert "Shall I forget it" in shown.text
    assert "900" in texts(mei)
    mei.chat("yes", conversation_id=shown.conversation_id)
    assert "900" not in texts(mei)


KEPT = (
    "My sister lives in Turin.",
    "Tom is my boss.",
    "Ana is my daughter.",
    "I have a black belt in judo.",
    "密码在抽屉里。",
    "妈妈的生日是五月三号。",
)


@pytest.mark.parametrize(
    "text",
    [
        "Forget what I said about Tom, I love Ana.",
        "Forget what I said about Tom, not what I said about Ana.",
        "Please forget everything about Tom, he was so mean to my sister.",
        "Forget what I said about the fight between Tom and my sister.",
        "Forget everything about the black and white cat.",
        "Forget what I said about Ana's crush.",
        "Forget about my first date.",
        "Forget everything about him.",
        "忘掉他们的事",
        "My wisdom tooth needs to be removed.",
        "I want my back pain gone.",
        "密码忘了",
        "妈妈的生日忘了。",
        "手机里的照片删了",
        "What do you make of this mail?\n> Forget what I said about Tom.",
        "'Forget what I said about Tom.' is a line from the play I wrote.",
        "Mum wrote me this:\nForget what I said about Tom.\nLove, Mum",
        "Cancel it",
        "He should put that back.",
        "撤回消息对方能看到吗",
        "还原魔方的步骤",
    ],
)
def test_what_is_not_surely_meant_is_not_erased(mei: Assistant, script: Script, text: str) -> None:
    told(mei, *KEPT)
    script.replies = ["I see.", "I see.", "I see.", "I see."]
    first = mei.chat("My oven runs at 200 degrees.")
    mei.chat(text, conversation_id=first.conversation_id)
    assert all(one in texts(mei) for one in (*KEPT, "My oven runs at 200 degrees."))


@pytest.mark.parametrize(
    "no",
    [
        "Ok, never mind.",
        "Okay, don't.",
        "OK no, keep them",
        "Sure, later.",
        "Right, leave them alone.",
        "Right now I am busy",
        "All of them should stay.",
        "好的，不用了",
        "好，算了",
        "嗯，先别删",
        "行，留着吧",
        "对了，帮我查下天气",
        "全部留着",
        "是吗",
        "好像不太对",
    ],
)
def test_only_a_plain_yes_forgets_what_was_shown(mei: Assistant, script: Script, no: str) -> None:
    told(mei, *(f"The boat needs part {number}." for number in range(12)))
    shown = mei.chat("Delete everything about the boat.")
    script.replies = ["I see.", "I see."]
    mei.chat(no, conversation_id=shown.conversation_id)
    assert len([memory for memory in mei.memories.list(50) if "boat" in memory.text]) == 12


def test_a_name_that_is_also_a_word_is_shown_first(mei: Assistant) -> None:
    told(mei, "Please mark my words, tea is great.", "Mark is my cousin.")
    assert "Shall I forget it" in mei.chat("Forget everything about Mark.").text
    assert "Mark is my cousin" in texts(mei)


def test_reminders_are_cleared_and_memories_stay(mei: Assistant) -> None:
    told(mei, "The boat is blue.")
    mei.chat("Remind me tomorrow at nine to paint the boat.")
    mei.chat("Drop the part about the boat from my reminders.")
    assert "The boat is blue." in texts(mei)


@pytest.mark.parametrize(
    "text",
    [
        "Do not log this. I am allergic to nuts.",
        "Don't write any of it down. I am allergic to nuts.",
        "我只跟你说，别留记录，我对花生过敏。",
        "Please delete everything about my boss. My name is Karl.",
    ],
)
def test_what_is_not_kept_teaches_nothing_and_gives_no_title(mei: Assistant, script: Script, text: str) -> None:
    script.replies = ["I see.", "I see."]
    reply = mei.chat(text)
    if "I see" not in reply.text:  # a command was heard
        assert mei.profile.facts() == []
        assert mei.conversations.get(reply.conversation_id or "").title == ""


def test_a_reply_to_a_private_talk_is_not_remembered(mei: Assistant, script: Script) -> None:
    first = mei.chat("Don't save this: I have shingles since March.")
    script.replies = ["Tell him plainly that you have shingles since March."]
    mei.chat("How should I tell my partner about it?", conversation_id=first.conversation_id)
    assert "shingles" not in texts(mei)


def test_an_archive_holds_what_waits_for_a_yes(mei: Assistant, tmp_path: Path) -> None:
    from memory.exchange import user_archive

    mei.chat("Remind me to water the plants.")
    user_archive.write(mei._runtime.store.database, mei._user, tmp_path / "mei.zip")


def test_an_empty_reply_says_so(mei: Assistant, script: Script) -> None:
    script.replies = ["   "]
    assert mei.chat("How does a sail work?").text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "Is it safe to eat raw eggs?",
        "Do you share my opinion on this film?",
        "Who can see my house from the street?",
        "What's your name in French?",
        "你会做发糕吗？",
        "没有人能看到我的努力",
        "How do you remember the order of the planets?",
        "Who said that money is the root of all evil?",
        "谁说女子不如男？",
        "春节的习俗是从哪来的？",
        "Give me an overview of our solar system.",
        "Recap the Six-Day War for me",
        "我应该跟老板说什么？",
        "总结一下我国的历史",
        "我们聊什么好呢",
        "Who am I supposed to call about the leak?",
        "This is a hobby, not a job.",
        "It's about trust, not money.",
    ],
)
def test_ordinary_questions_are_the_models(mei: Assistant, script: Script, text: str) -> None:
    script.replies = ["这个问题很好。" if any(char >= "\u4e00" for char in text) else "That is a good question."] * 2
    mei.chat(text)
    assert script.asked


def test_what_is_known_of_others_is_told_in_a_sentence(mei: Assistant) -> None:
    mei.profile.set("home", "Turin", subject="sister")
    assert "Your sister lives in Turin." in mei.chat("What do you know about me?").text
    assert "你的姐妹住在Turin。" in mei.chat("你都知道我什么？").text


def test_the_page_marks_what_is_private_and_not_a_command(mei: Assistant) -> None:
    from ui.tabs.chat import Shown

    told(mei, "My sister lives in Turin.")
    first = mei.chat("Don't save this: I bought a ring.")
    mei.chat("Please forget what I said about my sister.", conversation_id=first.conversation_id)
    shown = [Shown(message) for message in mei.conversations.get(first.conversation_id or "").messages]
    assert [one.private for one in shown] == [True, False, False, False]
    assert [one.forgot for one in shown] == [False, True, False, True]


def test_what_a_telling_changed_is_said_before_the_model_speaks(mei: Assistant, script: Script) -> None:
    script.replies = ["That sounds good.", "Porto is lovely."]
    assert mei.chat("I live in Lisbon.").text == "Noted: You live in Lisbon.\n\nThat sounds good."
    assert mei.chat("I moved to Porto.").text == "Noted: You live in Porto. No longer: Lisbon.\n\nPorto is lovely."


def test_a_fact_is_said_in_the_second_person() -> None:
    now = datetime.now(UTC)
    said = {
        key: sentence(Fact("f", key, "swim", "active", now), "en") for key in ("plans", "skills", "likes", "studies")
    }
    assert said == {
        "plans": "You plan: swim.", "skills": "You can swim.", "likes": "You like swim.", "studies": "You study swim.",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["Remind me every hour to stretch.", "每小时提醒我松松手腕", "remind me every 20 minutes to drink"]
)
def test_a_reminder_by_the_hour_is_said_to_be_too_often(mei: Assistant, text: str) -> None:
    assert ("by the hour" in mei.chat(text).text) or ("每小时提醒" in mei.chat(text).text)
    assert not mei.reminders.list()


def test_each_day_has_more_than_one_word(mei: Assistant) -> None:
    mei.chat("天天晚上九点提醒我吃药")
    assert mei.reminders.list()[0].rule == "FREQ=DAILY"


@pytest.mark.parametrize(
    ("text", "said"), [("What should you call me?", "You are Mei"), ("你该喊我什么呀？", "我叫你Mei。")]
)
def test_who_is_asked_what_to_be_called(mei: Assistant, text: str, said: str) -> None:
    mei.profile.set("name", "Mei")
    assert mei.chat(text).text.startswith(said)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("which car do i drive n where do i live", 2),
        ("我现在开的什么车，住哪个区？两个一起讲", 2),
        ("Where do Ana and Bo live?", 1),
        ("I was at the shop, the bus was late, and which number do I ring?", 1),
    ],
)
def test_two_questions_are_looked_up_by_themselves(text: str, parts: int) -> None:
    assert len(questions_in(text)) == parts


@pytest.mark.parametrize("text", ["hi", "thanks!", "good night", "你好", "谢谢"])
def test_a_model_that_greets_is_asked_and_another_is_not(tmp_path: Path, text: str) -> None:
    class Greets(ScriptedModel):
        greets = True

    for model, says in ((Greets(lambda _: "Well met."), True), (ScriptedModel(lambda _: "Well met."), False)):
        folder = tmp_path / str(says)
        with Runtime(Settings(data_dir=folder, grounded=True), model=model, embedder=HashEmbedder()) as runtime:
            assert (runtime.assistant("mei").chat(text).text == "Well met.") is says


@pytest.mark.parametrize(
    ("notes", "question", "words"),
    [
        (
            ("The regatta is on 3 June 2031.", "Exam: 20 May 2031."),
            "How many days between the exam and the regatta.",
            "14 days",
        ),
        (("The regatta is on 3 June 2031.",), "How many days from 1 June 2031 to the regatta?", "2 days"),
        (("2031年6月3日开幕。", "摆摊是2031年5月30日。"), "摆摊到开幕差几天", "4天"),
        (("The regatta is on 3 June 2031.",), "How many days between the wedding and the regatta?", NOT_ASKED),
    ],
)
def test_days_between_two_things_that_were_told(
    mei: Assistant, notes: Sequence[str], question: str, words: str
) -> None:
    told(mei, *notes)
    reply = mei.chat(question)
    assert reply.text.startswith(words)
    assert words == NOT_ASKED or [hit.memory.text for hit in reply.recalled]
