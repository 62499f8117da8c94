"""Sums in messages, asked on Sunday 29 November 2026 at 10:40 unless said."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction

import pytest

from assistant.talk.sums import Quantity, solve, wants_sum
from assistant.talk.sums.grammar import compiled
from assistant.talk.sums.numbering import chinese_number
from assistant.talk.sums.values import Language
from assistant.talk.sums.words import Kind, words

NOW = datetime(2026, 11, 29, 10, 40, tzinfo=timezone(timedelta(hours=1)))


def answer(text: str, language: Language = "en", known: Sequence[Quantity] = ()) -> str | None:
    solution = solve(text, language, NOW, known=known)
    return solution.text if solution else None


def kinds(language: Language) -> list[Kind]:
    return list(words(language).kinds)


EXAMPLES: list[tuple[Language, str]] = [
    (language, text) for language in ("en", "zh") for kind in words(language).kinds for text in kind.hears
]
COUNTER_EXAMPLES: list[tuple[Language, str]] = [
    (language, text) for language in ("en", "zh") for kind in words(language).kinds for text in kind.ignores
]


@pytest.mark.parametrize(("language", "text"), EXAMPLES)
def test_each_kind_of_question_hears_its_examples(language: Language, text: str) -> None:
    assert answer(text, language) is not None


@pytest.mark.parametrize(("language", "text"), COUNTER_EXAMPLES)
def test_no_question_hears_what_is_no_sum(language: Language, text: str) -> None:
    assert answer(text, language) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what's 17% of 84", "17 % of 84 is 14.28."),
        ("Whats 17 percent of 84?", "17 % of 84 is 14.28."),
        ("hey, can you tell me what 17% of 84 is please", "17 % of 84 is 14.28."),
        ("split 86.40 between 5", "86.4 split between 5 is 17.28 each."),
        ("split $90 between me and 3 friends", "$90 split between 4 is $22.50 each."),
        ("divide 100 by 3 people", "100 split between 3 is about 33.33 each."),
        ("what is a 15 % tip on 62", "A 15 % tip on 62 is 9.30, which makes 71.30 in all."),
        ("I ran 10 km in 52 minutes, what pace is that", "10 km in 52 minutes is a pace of 5:12 per km, or about 11.5 km/h."),
        ("how many days until 3 March", "From today to Wednesday, 3 March 2027, it is 94 days."),
        ("how many days untill 3rd of march?", "From today to Wednesday, 3 March 2027, it is 94 days."),
        ("what weekday is 14 July 2027", "14 July 2027 is a Wednesday."),
        ("how old is someone born in 1987", "Someone born in 1987 turns 39 in 2026, and is 38 until the birthday."),
        ("how old is someone born on 4 May 2019", "Someone born on 4 May 2019 is 7 years old today."),
        ("3 kg for 7.50, what is that a kilo", "3 kg for 7.50 is 2.50 per kg."),
        ("20 °C in Fahrenheit", "20 °C is 68 °F."),
        ("5 miles in km", "5 miles is about 8.05 km."),
        ("-40 celsius in fahrenheit", "−40 °C is −40 °F."),
        ("what's 3/8 of 2 cups", "3/8 of 2 cups is 0.75 cups."),
        ("12*(3+4)", "12 × (3 + 4) is 84."),
        ("it's 10:40, I need to be there at 14:15, how long", "From 10:40 to 14:15 is 3 hours and 35 minutes."),
        ("90 minutes from now", "90 minutes from now (10:40) it is 12:10."),
        ("what time will it be in 15 hours", "15 hours from now (10:40) it is 01:40 tomorrow."),
        ("average of 3, 5 and 10", "The average of 3, 5, 10 is 6."),
        ("how many hours is 3 x 45 minutes", "3 × 45 minutes is 2.25 hours."),
        ("I earn 18.50 an hour and work 30 hours a week, how much is that a week", "30 hours at 18.50 an hour is 555."),
        ("what is 1234 * 5678", "1,234 × 5,678 is 7,006,652."),
        ("0.1 + 0.2", "0.1 + 0.2 is 0.3."),
        ("2 ^ 10", "2^10 is 1,024."),
        ("what is 5²", "5^2 is 25."),
        ("1½ × 3", "1.5 × 3 is 4.5."),
        ("2 1/2 * 4", "2.5 × 4 is 10."),
        ("what is minus 3 times 4", None),
        ("10 - 4 - 3 = ?", "10 − 4 − 3 is 3."),
        ("144÷12", "144 ÷ 12 is 12."),
        ("100 / 8 / 2", "100 ÷ 8 ÷ 2 is 6.25."),
        ("what's two thousand five hundred minus a hundred and twenty", "2,500 − 120 is 2,380."),
        ("twenty-five times four", "25 × 4 is 100."),
        ("5k + 250", "5,000 + 250 is 5,250."),
        ("double 45", "2 × 45 is 90."),
        ("square root of 2", "√2 is about 1.41."),
        ("1 hour 20 minutes + 45 minutes", "1 hour and 20 minutes + 45 minutes is 2 hours and 5 minutes."),
        ("what's 10 divided by 0", "You can't divide by zero."),
        ("9^9999", "That result is too long to write out, or no plain number."),
        ("how many days until 30 February", "There is no 30 February."),
        ("what weekday is 31 April 2027", "There is no 31 April."),
        ("how many days until Christmas", "From today to Friday, 25 December 2026, it is 26 days."),
        ("how many weeks until 3 March 2027", "From today to Wednesday, 3 March 2027, it is 13 weeks and 3 days."),
        ("how old was Ann, born on 4 May 2019", None),
        ("which is cheaper, 500 g for 3.20 or 750 g for 4.50",
         "750 g for 4.50 is cheaper: 6 per kg, against 6.40 per kg for 500 g for 3.20."),
        ("I work from 9 to 5, how many hours is that", "From 9:00 to 5:00 is 8 hours."),
        ("how long is it from 22:30 to 6:15", "From 22:30 to 06:15 is 7 hours and 45 minutes."),
        ("how long is it from 6:00 to 18:30", "From 06:00 to 18:30 is 12 hours and 30 minutes."),
        ("how long from 10pm to 6am", "From 22:00 to 06:00 is 8 hours."),
        ("compound: 2000 at 3 % for 5 years",
         "2,000 at 3 % a year for 5 years, compounded once a year, grows to 2,318.55, a gain of 318.55."),
        ("I have 50, spent 12.30 and 8.20, how much is left?", "50 less 20.50 leaves 29.50."),
        ("10 pounds in kg", "10 lb is about 4.54 kg."),
        ("how many kb in 3 mb", "3 MB is 3,000 kB."),
        ("a marathon in 3:45:00, what's my pace",
         "1 marathon in 3 hours and 45 minutes is a pace of 5:20 per km, or about 11.3 km/h."),
        ("what date is 45 days from now", "45 days after 29 November 2026 is Wednesday, 13 January 2027."),
        ("what date is 1 month after 31 January 2027", "1 month after 31 January 2027 is Sunday, 28 February 2027."),
        ("60 mph in km/h", "60 mph is about 96.56 km/h."),
    ],
)  # fmt: skip
def test_an_english_sum_is_answered_in_one_sentence_that_restates_it(text: str, expected: str | None) -> None:
    assert answer(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("84的17%是多少", "84的17%是14.28。"),
        ("320块打八五折后多少钱", "320元打8.5折是272元，省了48元。"),
        ("三个人平分460", "460平分成3份，每份约153.33。"),
        ("10公里跑了52分钟配速多少", "10公里用了52分钟，配速是每公里5:12，也就是约11.5公里/小时。"),
        ("离3月3号还有几天", "从今天到2027年3月3日（星期三），还有94天。"),
        ("2027年7月14号星期几", "2027年7月14日是星期三。"),
        ("3斤12块5一斤多少", "3斤卖12.50元，合每斤约4.17元。"),
        ("一亩多少平方米", "1亩约是666.67平方米。"),
        ("二十乘以十五", "20 × 15 = 300。"),
        ("每个月存2000，一年存多少", "每月2000，就是每年24000。"),
        ("从今天算离春节还剩几天", "从今天到2027年2月6日（星期六），还有69天。"),
        ("一百二加三十", "120 + 30 = 150。"),
        ("两万五除以五", "25000 ÷ 5 = 5000。"),
        ("三点五乘二", "3.5 × 2 = 7。"),
        ("100减37等于几", "100 − 37 = 63。"),
        ("1除以3等于多少", "1 ÷ 3 ≈ 0.3333。"),
        ("10除以0是多少", "0不能做除数。"),
        ("2月30号是星期几", "2月没有30号。"),
        ("3、5和10的平均数是多少", "3、5、10的平均数是6。"),
        ("85，90，76的平均分是多少", "85、90、76的平均数约是83.67。"),
        ("零下5摄氏度是多少华氏度", "−5摄氏度是23华氏度。"),
        ("一个半小时是多少分钟", "1.5小时是90分钟。"),
        ("两斤半是多少克", "2.5斤是1250克。"),
        ("我身高1米75是多少英尺", None),
        ("现在10点40，我14点15要到，还有多久", "从10:40到14:15，是3小时35分钟。"),
        ("晚上11点睡，早上6点45起，睡了多久", "从23:00到06:45，是7小时45分钟。"),
        ("460平分给三个人，每人多少", "460平分成3份，每份约153.33。"),
        ("500克3块2和750克4块5哪个便宜", "750克4.50元更便宜：每公斤6元，500克3.20元是每公斤6.40元。"),
        ("二三十个人分100", None),
        ("离周五还有几天", "从今天到2026年12月4日（星期五），还有5天。"),
        ("从周一到周五一共几天", None),
        ("5的3倍是多少", "5 × 3 = 15。"),
        ("10块钱三斤，一斤多少钱", "3斤卖10元，合每斤约3.33元。"),
        ("1987年出生的人今年几岁", "1987年出生，2026年过了生日是39岁，没过是38岁。"),
    ],
)
def test_a_chinese_sum_is_answered_in_one_sentence_that_restates_it(text: str, expected: str | None) -> None:
    assert answer(text, "zh") == expected


@pytest.mark.parametrize(
    "text",
    [
        "I bought 3 apples and 2 pears and then I went home at 5",
        "My sister is 34 and has 2 kids, what could I give her?",
        "17 % of nothing",
        "what is 17% of my salary",
        "how many days until my holiday",
        "how many people live in a city of 3 km2?",
        "what is 20 dollars in euros",
        "5 kg in metres",
        "what is 24/7",
        "rate it from 1 to 10",
        "call me at 555-1234",
        "2027-03-03",
        "what is 5",
        "how much is 5",
        "Who won 3-2?",
        "at 8:30 I have a meeting with 4 people",
        "how long is the film that starts at 8",
        "next Friday",
        "until when is 3 March",
        "-300 celsius in fahrenheit",
        "split 80 between 0",
        "split 80 between 2.5 people",
        "how long until 9:30",
        "how old is someone born on 4 May",
        "how old is someone born in 2035",
        "",
        "   ",
        "???",
        "+",
        "((((",
        "5 / / 3",
        "add 3,5",
        "1.2.3 + 4",
        "three times a day",
        "five times a week",
        "how many days from Monday to Friday",
        "10 + 5 is what I told him, and he said 16",
    ],
)
def test_what_is_not_surely_a_sum_has_no_answer(text: str) -> None:
    assert answer(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "我家三口人住100平",
        "今天走了一万步",
        "他说3加5",
        "17%的人不同意",
        "我有两个孩子，一个5岁一个8岁",
        "一亩地多少钱",
        "三",
        "第3章讲什么",
        "一年有四季",
    ],
)
def test_a_chinese_story_with_numbers_is_no_sum(text: str) -> None:
    assert answer(text, "zh") is None


def test_what_is_known_of_the_person_may_stand_for_a_number() -> None:
    rent = Quantity(Fraction(850), "EUR", "rent")

    assert answer("what's 30% of my rent", known=[rent]) == "30 % of €850 is €255."
    assert answer("what's 30% of my rent") is None
    assert answer("我的房租的30%是多少", "zh", [Quantity(Fraction(3200), "CNY", "房租")]) == "3200元的30%是960元。"


def test_the_value_is_exact_and_has_its_unit() -> None:
    third = solve("100 divided by 3", "en", NOW)
    weekday = solve("what weekday is 14 July 2027", "en", NOW)

    assert third is not None
    assert third.value == Quantity(Fraction(100, 3))
    assert weekday is not None
    assert weekday.value == date(2027, 7, 14)


def test_a_division_by_zero_has_a_sentence_and_no_value() -> None:
    solution = solve("what is 7 / 0", "en", NOW)

    assert solution is not None
    assert solution.value is None


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        solve("1 + 1", "en", datetime(2026, 1, 1))


@pytest.mark.parametrize(
    "unit", ["(", "1+", "9^", "-", "1,", "3 kg for ", "and ", "half of ", "what is ", "hey ", "一", "半", "3块", "1/"]
)
def test_hostile_input_costs_a_bounded_number_of_steps(unit: str) -> None:
    for length in (20, 250, 20_000):
        text = (unit * length)[:length]
        assert answer(text) is None or length == 20
        solve(text, "zh", NOW)
        wants_sum(text, "en")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "how much is 20 dollars in euros"), ("en", "what's 12 times the number of my cousins"),
        ("en", "calculate 5 factorial"),
        ("en", "3*4"), ("zh", "100美元等于多少人民币"), ("zh", "一年365天一共多少秒再除以7"),
    ],
)  # fmt: skip
def test_a_calculation_is_known_as_one_even_if_it_cannot_be_done(language: Language, text: str) -> None:
    assert wants_sum(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I have two cats"),
        ("en", "How are you?"),
        ("zh", "今天天气不错"),
        ("zh", "我有两只猫"),
        ("zh", "我加了一个羽毛球小组"),
        ("en", "how many sums are there"),
    ],
)
def test_small_talk_wants_no_sum(language: Language, text: str) -> None:
    assert not wants_sum(text, language)


@pytest.mark.parametrize(
    ("signs", "number"),
    [
        ("二十", 20),
        ("十五", 15),
        ("一百二", 120),
        ("一百零二", 102),
        ("两千零五", 2005),
        ("一万二", 12_000),
        ("三万五千", 35_000),
        ("二三十", None),
        ("百", None),
    ],
)
def test_a_chinese_number_is_read_as_it_is_said(signs: str, number: int | None) -> None:
    assert chinese_number(signs) == number


def test_a_form_whose_brackets_do_not_match_is_refused() -> None:
    with pytest.raises(ValueError, match="bracket"):
        compiled("(a|b")
    with pytest.raises(ValueError, match="bracket"):
        compiled("a) b")
