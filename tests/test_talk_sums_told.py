"""Sums over what one note tells: a total, a share, what is left, how long it lasts."""

from datetime import UTC, datetime, timedelta

import pytest

from assistant.talk.sums import Note, solve_again, solve_told
from memory.language.text import is_chinese

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)

SUMS = [
    ("What is my half of the heating?", "The heating is €140 a month, my brother and I split it.", "€70 a month"),
    ("how much does each of us pay for the minibus", "The minibus is 360 and there are six of us, we split it", "60"),
    ("How much more do I need for the bike?", "The bike is 900 euros and I have saved 350 euros.", "550"),
    ("how much does Lena still owe me?", "I lent Lena £200 and she paid back £75", "£125"),
    ("how many pages do I have left?", "My novel has 420 pages and I've read 150 so far.", "270"),
    ("What will the tiles cost in total?", "We need 14 boxes of tiles, they are £23 a box.", "£322"),
    ("What do the chairs come to altogether?", "I ordered 6 chairs at $45 each for the patio.", "$270"),
    ("what do I pay for all my insurance together", "car insurance is $60 a month, home insurance $35", "$95 a month"),
    ("How much is the cottage for the whole stay?", "The cottage is £110 a night, from 4 January to 9 January.", "£550"),
    ("How long will the dog food last?", "The sack has 30 portions, Rex gets 2 portions a day.", "15 days"),
    ("how long will my tablets last", "i got 60 tablets, i take 4 a day", "15 days"),
    ("What do I owe the babysitter for 5 hours?", "The babysitter gets 12 euros an hour.", "€60"),
    ("what does she make a year", "My daughter earns 2,100 a month at the bakery.", "25,200 a year"),
    ("What do I earn per shift?", "At the bar I get $15 an hour, 6 hours every Friday.", "$90"),
    ("How much did my weight drop?", "I weighed 92 kg in May and now I weigh 85 kg.", "7"),
    ("how long is Ana staying", "Ana visits from 3 December to 12 December", "9 days"),
    ("How old is Paul?", "My cousin Paul is 6 years older than me and I am 41.", "47"),
    ("How far is it to the lake and back?", "The lake is 18 km from us.", "36 km"),
    ("暖气费我该出多少", "暖气费一个季度640，我和室友平摊。", "320"),
    ("聚餐每人多少钱", "昨天聚餐花了480块，六个人平摊。", "80元"),
    ("买相机还差多少钱", "相机要5600，我已经存了3100。", "2500"),
    ("小李还欠我多少", "小李借了我3000块，还了800块。", "2200元"),
    ("书还剩多少页没看", "这本书一共360页，已经看了140页。", "220"),
    ("地砖总共要多少钱", "地砖买了40箱，一箱85块。", "3400元"),
    ("水电网费加起来多少", "水费60，电费150，网费99。", "309"),
    ("民宿一共多少钱", "民宿一晚320，1月3日入住，1月6日退房。", "960"),
    ("这盒药能吃几天", "医生开的药一盒24片，每天吃三片。", "8天"),
    ("狗粮够吃多少天", "狗粮还有20份，旺财每天吃两份。", "10天"),
    ("家教四个小时多少钱", "家教一小时90块。", "360元"),
    ("我妹一年挣多少", "我妹在面馆打工，一个月4500。", "54000"),
    ("我哥多大了", "我哥比我大5岁，我今年28。", "33"),
]  # fmt: skip
NO_SUMS = [
    ("how much does my flat cost in total?", "My flat has 3 rooms and the rent is 900."),
    ("What's the total?", "Room 12 on floor 3, 2 people."),
    ("How much is left?", "My sister is 31 and has 2 kids."),
    ("Should I split the bill with them?", "The bill was 60, three of us."),
    ("How old is my niece?", "My niece was born on the farm, 3 km from here, 20 years ago we moved."),
    ("我一共有几个孩子", "我家住6楼，房租2500。"),
    ("还剩多少", "我儿子读大三，今年21。"),
]


@pytest.mark.parametrize(("asked", "told", "answer"), SUMS, ids=[asked for asked, _, _ in SUMS])
def test_what_a_note_tells_is_put_together(asked: str, told: str, answer: str) -> None:
    found = solve_told(asked, "zh" if is_chinese(asked) else "en", NOW, Note("n", told, NOW - timedelta(days=10)))
    assert found is not None
    assert answer in found.text


@pytest.mark.parametrize(("asked", "told"), NO_SUMS)
def test_amounts_that_do_not_go_together_give_no_sum(asked: str, told: str) -> None:
    language = "zh" if is_chinese(asked) else "en"
    assert solve_told(asked, language, NOW, Note("n", told, NOW - timedelta(days=10))) is None


def test_the_pills_that_are_left_are_counted_from_the_day_the_note_says() -> None:
    note = Note("n", "I started my tablets today, 30 in the box, 2 a day.", NOW - timedelta(days=5))
    found = solve_told("How many tablets do I have left?", "en", NOW, note)
    assert found is not None
    assert "30 − 5 × 2 = 20 left" in found.text
    note = Note("n", "今天开始吃药，一共30片，每天吃2片。", NOW - timedelta(days=5))
    found = solve_told("药还剩几片", "zh", NOW, note)
    assert found is not None
    assert "还剩20" in found.text


def test_a_figure_is_taken_to_a_longer_period() -> None:
    found = solve_again("and in a year?", "en", NOW, "£860 ÷ 2 = £430 a month. On 2 May 2026 you told me: …")
    assert found is not None
    assert "£5,160 a year" in found.text
    found = solve_again("那一年呢", "zh", NOW, "640 ÷ 2 = 每月320。2026年5月2日你说过：……")
    assert found is not None
    assert "每年3840" in found.text
    assert solve_again("and in Paris?", "en", NOW, "£860 ÷ 2 = £430 a month.") is None
