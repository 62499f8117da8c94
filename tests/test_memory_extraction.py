"""What a sentence claims of its speaker, in English and Chinese; and what is never read from it."""

import pytest

from memory.language.extraction import asks_not_to_be_remembered, extract


def told(text: str) -> set[str]:
    """The claims as "key=value", with "sister." before those of others, "-" before the negative, "!" before the ended."""
    return {
        ("!" if claim.ends else "")
        + ("-" if claim.polarity < 0 else "")
        + ("" if claim.subject == "user" else f"{claim.subject}.")
        + f"{claim.key}={claim.value}"
        for claim in extract(text)
    }


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Hi, I'm Susan, nice to meet you.", {"name=Susan"}),
        ("I'm allergic to peanuts, can I eat this?", {"allergies=peanuts"}),
        ("I follow a strict keto diet and avoid all grains.", {"diet=strict keto diet", "-dislikes=grains"}),
        ("I can't stand games with microtransactions.", {"-dislikes=games with microtransactions"}),
        ("I prefer free and open-source materials.", {"likes=free and open-source materials"}),
        ("I love hiking, cooking, and jazz.", {"interests=hiking", "interests=cooking", "likes=jazz"}),
        ("I'm not a fan of loud hotels because they keep me awake.", {"-dislikes=loud hotels"}),
        ("As an ethical vegan, I avoid leather.", {"-dislikes=leather", "diet=vegan"}),
        ("I work as a nurse and live in Porto.", {"job=nurse", "home=Porto"}),
        ("I have a dog named Rex.", {"pets=a dog named Rex"}),
        ("I speak Spanish and a little French.", {"languages=Spanish and a little French"}),
        ("My sister Anna loves jazz.", {"people=sister Anna", "sister.likes=jazz"}),
        ("My sister lives in Porto and I am allergic to nuts.", {"sister.home=Porto", "allergies=nuts"}),
        ("My mom is a teacher. She's afraid of spiders.", {"mother.job=teacher", "mother.health=fear of spiders"}),
        ("I no longer eat meat.", {"!ended=meat", "-dislikes=meat"}),
        ("I'm 34.", {"age=34"}),
        ("I'm no longer vegan.", {"!ended=vegan"}),
        ("I quit smoking.", {"!ended=smoking", "-dislikes=smoking"}),
        ("I'm moving to Berlin next month.", {"plans=moving to Berlin next month"}),
        ("I want to become a pilot.", {"goals=become a pilot"}),
        ("Jazz is my favourite.", {"likes=Jazz"}),
        ("I'm a dragon from Mars. Just kidding, I do payroll.", {"job=payroll"}),
        ("Please keep your answers short, and reply in English.", {"style=keep your answers short", "style=reply in English"}),
        ("im Dev, 22, from Nagpur, big into chess", {"name=Dev", "age=22", "origin=Nagpur", "likes=chess"}),
        ("I'm a cs student at UT Austin.", {"studies=cs", "school=UT Austin"}),
        ("Me: female, 41, two teenagers.", {"gender=female", "age=41", "people=two teenagers"}),
        ("Nurse here, what helps against sore feet?", {"job=Nurse"}),
        ("Sixty-eight years young and I have just bought a kayak.", {"age=68", "possessions=a kayak"}),
        ("I work as a cook at Nobu.", {"job=cook at Nobu", "employer=Nobu"}),
        ("I'm Brazilian but based in Stockholm.", {"nationality=Brazilian", "home=Stockholm"}),
        ("I've always loved jazz, but I don't know why.", {"likes=jazz"}),
        ("Maybe I'll move one day, but I'm allergic to cats.", {"allergies=cats"}),
        ("Dad's turning 70 and loves sailing.", {"father.age=70", "father.interests=sailing"}),
        ("No red meat for me please.", {"-dislikes=red meat"}),
        ("Every morning at 6 I row on the lake.", {"schedule=Every morning at 6 I row on the lake"}),
        ("i'm not vegetarian btw", {"!ended=vegetarian"}),
        ("I'm new to chess.", {"new_to=chess"}),
        ("23岁，人在南京，对虾过敏，养了只橘猫", {"age=23", "home=南京", "allergies=虾", "pets=只橘猫"}),
        ("坐标武汉 求附近能遛狗的公园", {"home=武汉"}),
        ("ICU护士一枚，下夜班吃点啥好", {"job=ICU护士"}),
        ("奶奶信基督，端碗前必祷告", {"grandmother.religion=基督"}),
        ("最烦团建", {"-dislikes=团建"}),
        ("同事Linda吃素，订哪家不尴尬", {"people=colleague Linda", "colleague.diet=吃素"}),
        ("往后都用繁体字回我", {"style=都用繁体字回我"}),
        ("你好，我叫张曼婷，很高兴认识你。", {"name=张曼婷"}),
        ("我对花生过敏，今晚吃什么？", {"allergies=花生"}),
        ("我叫小雨，对花生过敏，我妈妈喜欢跳舞。", {"name=小雨", "allergies=花生", "mother.interests=跳舞"}),
        ("我喜欢徒步、长跑和攀岩。", {"interests=徒步", "likes=长跑", "likes=攀岩"}),
        ("我不吃香菜。", {"-dislikes=香菜"}),
        ("我对花生过敏，不喜欢吃香菜", {"allergies=花生", "-dislikes=香菜"}),
        ("不是很喜欢吃辣", {"-dislikes=辣"}),
        ("不是，我喜欢跳舞", {"interests=跳舞"}),
        ("Actually I moved from Ghent to Antwerp.", {"home=Antwerp"}),
        ("我住在杭州，是一名程序员。", {"home=杭州", "job=程序员"}),
        ("我妈妈喜欢跳舞，我爸爸是医生。", {"mother.interests=跳舞", "father.job=医生"}),
        ("我养了一只叫小黑的猫", {"pets=一只叫小黑的猫"}),
        ("我已经不吃肉了", {"!ended=肉", "-dislikes=肉"}),
        ("我打算下个月去日本旅游", {"plans=下个月去日本旅游"}),
        ("以后请用中文回答，简短一点", {"style=请用中文回答", "style=简短一点"}),
    ],
)  # fmt: skip
def test_what_is_said_of_oneself_and_ones_people_is_read(text: str, claims: set[str]) -> None:
    assert told(text) == claims
    for claim in extract(text):
        assert claim.quote in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Am I allergic to nuts?",
        "If I were a vegan, I would miss cheese.",
        "I might move to Rome.",
        "My doctor said I'm allergic to cats.",
        "Translate: I love cheese",
        "Write a poem that says I hate the rain.",
        'He wrote "I live in Paris" on the card.',
        "```\nI love = 1\n```",
        "> I hate Mondays",
        "I just LOVE waiting in line... not!",
        "I'm dying for a coffee.",
        "I like it. I love this!",
        "I like your idea.",
        "Can you recommend a hotel?",
        "Don't remember this: I'm dating Tom.",
        "我是不是过敏？",
        "要是我有钱就好了",
        "帮我翻译这句话：我是医生",
        "他说我喜欢他",
        "别记住：我在相亲",
        "我累死了",
        "x" * 5000,
        "Patient: I am allergic to ibuprofen.",
        "He said, I live in Paris.",
        "I just moved to Postgres from MySQL.",
        "I'm single-handedly rewriting this.",
        "I work with Excel a lot.",
        "The chart shows cats, not dogs.",
        "I am not a doctor, but that looks infected.",
        "我没有过敏。",
        "邮件内容：我是张伟，我在华为工作。",
        "我妈叫我吃饭",
        "我是负责人",
        "Retired people often travel in the off-season.",
        "Teacher here said that homework is cancelled.",
        "Living in London is expensive.",
        "Based in Munich, the company sells cars.",
        "Love is blind.",
        "Never eat raw chicken.",
        "Vegan leather is plastic.",
        "Tuesdays are cheaper for flights.",
        "Every day I get this error.",
        "Dear Sir, I am a nurse at St Mary's.",
        "I can't eat right now, I'm in a meeting.",
        "在北京工作的人很多。",
        "北京人爱吃炸酱面。",
        "退休年龄延迟了。",
        "有两个孩子的家庭可以申请补贴。",
        "坐标系原点在左上角。",
        "吃素的人缺B12。",
        "老王是司机，住在天津。",
        "打算买车的人要先摇号。",
        "每天喝八杯水对身体好。",
    ],
)
def test_what_is_not_said_of_oneself_as_true_is_not_read(text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "I " + "really " * 80 + "like",
        "I like " + "a, " * 180,
        "I am " + "very much " * 55 + "here",
        "I have a " + "big " * 140,
        "我" + "很喜欢" * 180,
    ],
)
def test_a_message_that_repeats_itself_is_read_all_the_same(text: str) -> None:
    assert len(extract(text)) < 60  # a pattern that tries every way to read it would not come back


def test_a_correction_names_what_it_corrects() -> None:
    (porto,) = [claim for claim in extract("Actually it's Porto, not Lisbon.") if claim.key == "corrected"]
    assert (porto.value, porto.instead_of) == ("Porto", "Lisbon")
    (nanjing,) = [claim for claim in extract("不是北京，是南京") if claim.key == "corrected"]
    assert (nanjing.value, nanjing.instead_of) == ("南京", "北京")


def test_who_asks_not_to_be_remembered_is_heard() -> None:
    assert asks_not_to_be_remembered("Please don't remember this.")
    assert asks_not_to_be_remembered("别记住这个")
    assert not asks_not_to_be_remembered("I don't remember her name.")
    assert not asks_not_to_be_remembered("Please remember this.")
    assert asks_not_to_be_remembered("I don't want you to remember this: I am ill.")
    assert asks_not_to_be_remembered("Please don't add this to your memory.")
    assert asks_not_to_be_remembered("请不要把这条写入记忆")
    assert not asks_not_to_be_remembered("Why don't you store the data in Postgres?")
    assert not asks_not_to_be_remembered("别记错，我住在杭州")
