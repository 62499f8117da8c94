"""Times named in questions, in English and Chinese. Asked on Wednesday 22 November 2023 unless said."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from memory.language.times import resolve

AT = datetime(2023, 11, 22, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "start", "end"),
    [
        ("What happened in May?", "2023-05-01", "2023-06-01"),
        ("What did we do last summer?", "2023-06-01", "2023-09-01"),
        ("What did I buy two weeks before Christmas?", "2022-12-08", "2022-12-15"),
        ("Where was I on 25 February, 2022?", "2022-02-25", "2022-02-26"),
        ("The picture shared on December 1,2023", "2023-12-01", "2023-12-02"),
        ("in the beginning of November 2022", "2022-11-01", "2022-11-11"),
        ("the Sunday before October 25, 2022", "2022-10-23", "2022-10-24"),
        ("in the week before 16 November 2023", "2023-11-09", "2023-11-16"),
        ("between August 11 and August 15 2023", "2023-08-11", "2023-08-16"),
        ("in the second week of November", "2023-11-08", "2023-11-15"),
        ("How many by July 10, 2022?", "1900-01-01", "2022-07-11"),
        ("What have I read since 2020?", "2020-01-01", "2200-01-01"),
        ("3 days ago", "2023-11-19", "2023-11-20"),
        ("Who called last Friday?", "2023-11-17", "2023-11-18"),
        ("the meeting next Friday", "2023-11-24", "2023-11-25"),
        ("last weekend", "2023-11-18", "2023-11-20"),
        ("last week", "2023-11-13", "2023-11-20"),
        ("What did I say yesterday?", "2023-11-21", "2023-11-22"),
        ("Who came at Thanksgiving?", "2022-11-24", "2022-11-25"),
        ("Easter 2024", "2024-03-31", "2024-04-01"),
        ("What did we eat at Chinese New Year?", "2023-01-22", "2023-01-23"),
        ("What did I plant in the fall?", "2023-09-01", "2023-12-01"),
        ("2023-05-07", "2023-05-07", "2023-05-08"),
        ("What was in the email from last week?", "2023-11-13", "2023-11-20"),
        ("Who came in March of last year?", "2022-03-01", "2022-04-01"),
        ("昨天后来我们去了哪里？", "2023-11-21", "2023-11-22"),
        ("星期五一起去哪儿吃饭？", "2023-11-17", "2023-11-18"),
        ("我上个月做了什么？", "2023-10-01", "2023-11-01"),
        ("下周五有什么安排？", "2023-12-01", "2023-12-02"),
        ("昨天我吃了什么？", "2023-11-21", "2023-11-22"),
        ("三天前", "2023-11-19", "2023-11-20"),
        ("去年夏天我们去了哪里？", "2022-06-01", "2022-09-01"),
        ("在4月27号这天", "2023-04-27", "2023-04-28"),
        ("五月二日", "2023-05-02", "2023-05-03"),
        ("2023年5月", "2023-05-01", "2023-06-01"),
        ("上周末", "2023-11-18", "2023-11-20"),
        ("上上周三", "2023-11-08", "2023-11-09"),
        ("圣诞节前两周", "2022-12-08", "2022-12-15"),
        ("去年春节我在哪里？", "2022-02-01", "2022-02-02"),
        ("中秋节", "2023-09-29", "2023-09-30"),
        ("国庆之后", "2023-10-02", "2200-01-01"),
        ("五月初", "2023-05-01", "2023-05-11"),
        ("这个月5号", "2023-11-05", "2023-11-06"),
        ("今天天气怎么样？", "2023-11-22", "2023-11-23"),
        ("前几天我看了什么？", "2023-11-15", "2023-11-23"),
        ("半年前我住哪儿？", "2023-03-23", "2023-07-22"),
        ("Where did I live half a year ago?", "2023-03-23", "2023-07-22"),
        ("What did I cook the other day?", "2023-11-15", "2023-11-23"),
        ("between June and August", "2023-06-01", "2023-09-01"),
        ("from April to June", "2023-04-01", "2023-07-01"),
        ("What happens next June?", "2024-06-01", "2024-07-01"),
        ("Where was I last December?", "2022-12-01", "2023-01-01"),
    ],
)
def test_a_time_is_a_span_of_days(question: str, start: str, end: str) -> None:
    (span,) = resolve(question, AT)
    assert (f"{span.start:%Y-%m-%d}", f"{span.end:%Y-%m-%d}") == (start, end)
    assert span.phrase in question


@pytest.mark.parametrize(
    "question",
    [
        "",
        "What may I eat?",
        "What did June recommend?",
        "Do you think this may be a problem?",
        "Is this Jan's car?",
        "毕业后天天加班累吗？",
        "考试前几天我在做什么？",
        "以前天气热的时候我去哪儿？",
        "I may march on",
        "Where does Summer live?",
        "一天",
        "早上",
        "我妹妹叫什么？",
        "Did I fall?",
        "目前天气怎么样？",
        "以后天天跑步",
        "我每周三次去游泳",
        "我结婚20年了",
        "the last day of the trip",
        "Who won 2000 dollars?",
        "the new yearly budget",
        "五月天",
    ],
)
def test_what_names_no_time_gives_no_span(question: str) -> None:
    assert resolve(question, AT) == []


def test_a_day_is_one_of_the_zone_it_is_asked_in() -> None:
    shanghai = timezone(timedelta(hours=8))
    (span,) = resolve("昨天", datetime(2023, 11, 22, 1, tzinfo=shanghai))
    assert span.start == datetime(2023, 11, 20, 16, tzinfo=UTC)


def test_an_impossible_date_is_passed_over_and_a_time_without_a_zone_refused() -> None:
    assert resolve("on 2023-02-31", AT)[0].phrase == "2023"
    with pytest.raises(ValueError, match="time zone"):
        resolve("yesterday", datetime(2023, 11, 22))


def test_a_number_that_is_only_about_one_moves_no_time() -> None:
    (span,) = resolve("春节前十二三天", AT)
    assert span.phrase == "春节"
