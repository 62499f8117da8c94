"""What hears facts beside the rules: how its marks become claims, and what it does without an encoder. The reader itself is
tried in the nightly tier; here marks are given."""

import json
import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from memory.errors import ModelMissing
from memory.facts import reader_heads, vocabulary
from memory.facts.hearing import Hearing, hear, hear_many
from memory.facts.reader import AT_ONCE, ENDS, MAX_TOKENS, Mark, Reader, _batches, passages, tokenize
from memory.facts.reader_heads import FEATURES, KEYS, MAX_SPAN, PAIR, STANDINGS, TENSES, Heads
from memory.language.reading import Heard
from memory.profile import Profile
from memory.store import Store
from tests.support import HashEmbedder

WIDTH = 8


class Given(NamedTuple):
    """A mark by its words: the value, its key, whose it is, how sure."""

    value: str
    key: str
    whose: str = ""
    chance: float = 0.95
    tense: str = "holds"
    polarity: int = 1
    standing: str = "stated"


class GivenReader:
    def __init__(self, *given: Given) -> None:
        self.given = given

    def read_many(self, messages: Sequence[tuple[str, str]]) -> Sequence[Sequence[Mark]]:
        return [[self._mark(text, one) for one in self.given if one.value in text] for text, _ in messages]

    def _mark(self, text: str, one: Given) -> Mark:
        start = text.index(one.value)
        whose = (text.index(one.whose), text.index(one.whose) + len(one.whose)) if one.whose else None
        return Mark(start, start + len(one.value), one.key, whose, one.polarity, one.tense, one.standing, one.chance)


def heard(text: str, *given: Given) -> list[tuple[str, str, str]]:
    reader = GivenReader(*given)
    return [(claim.subject, claim.key, claim.value) for claim in Hearing(lambda: reader)(text).claims]


def test_what_the_reader_is_sure_of_is_heard_and_the_rest_is_not() -> None:
    said = "phlebotomist here, nights, mostly out by the docks"
    sure, less, unsure = (
        Given("phlebotomist", "job"),
        Given("docks", "home", chance=0.5),
        Given("nights", "schedule", chance=0.2),
    )
    assert heard(said, sure, less, unsure) == [("user", "job", "phlebotomist"), ("user", "home", "docks")]
    assert heard("Which hands bleed most? Out by the docks", less) == []  # it tells nothing for certain


def test_what_rules_and_reader_both_hear_is_one_claim_without_what_is_not_its_value() -> None:
    claims = heard("I live in Lyon with my wife.", Given("Lyon", "home", chance=0.4))
    assert [claim for claim in claims if claim[1] == "home"] == [("user", "home", "Lyon")]


@pytest.mark.parametrize("standing", ["joked", "asked", "quoted", "others"])
def test_what_is_not_stated_is_not_heard(standing: str) -> None:
    assert heard("well, allergic to Mondays", Given("Mondays", "allergies", chance=0.6, standing=standing)) == []


def test_a_claim_of_the_rules_falls_where_the_reader_hears_it_of_somebody_else() -> None:
    said = "Grandpa, I mean Otto: pickles are what he loves. I love pickles too, he says."
    assert ("user", "likes", "pickles") in [(one.subject, one.key, one.value) for one in hear("I love pickles.").claims]
    assert ("user", "likes", "pickles") not in heard(said, Given("pickles", "likes", whose="Otto"))


def test_she_is_who_was_named_before() -> None:
    claims = heard(
        "Had Ana over, she does pottery.", Given("Ana", "people"), Given("pottery", "interests", whose="she")
    )
    assert ("Ana", "interests", "pottery") in claims


def test_she_is_of_the_message_before_or_nobody(tmp_path: Path) -> None:
    told = Given("pottery", "interests", whose="she")
    assert heard("well, she does pottery now", told) == [("she", "interests", "pottery")]  # whom the profile may know
    with closing(Store(tmp_path / "data", HashEmbedder, hear=Hearing(lambda: GivenReader(told)))) as store:
        mei = Profile(store, store.user("mei"))
        assert mei.learn("well, she does pottery now") == []
        at = datetime(2026, 3, 1, 9, tzinfo=UTC)
        mei.learn("My sister Ana moved to Turin.", at=at)
        (fact,) = mei.learn("she does pottery now", at=at + timedelta(minutes=2))
        assert "Ana" in fact.subject or fact.subject == "sister"
        assert mei.learn("he does pottery, she says", at=at + timedelta(days=2)) == []


def test_she_is_whom_the_message_names_before_it_though_somebody_else_was_spoken_of_last(tmp_path: Path) -> None:
    told = Given("pottery", "interests", whose="she")
    with closing(Store(tmp_path / "data", HashEmbedder, hear=Hearing(lambda: GivenReader(told)))) as store:
        mei = Profile(store, store.user("mei"))
        at = datetime(2026, 3, 1, 9, tzinfo=UTC)
        mei.learn("My sister Ana moved to Turin.", at=at)
        mei.learn("My friend Ruth lives in Basel.", at=at + timedelta(minutes=1))
        (fact,) = mei.learn("Ana is bored there, she does pottery now", at=at + timedelta(minutes=2))
        assert "Ana" in fact.subject


def test_relations_are_written_as_the_rules_write_them() -> None:
    assert ("mother", "likes", "花生") in heard("花生这东西我老妈最爱", Given("花生", "likes", whose="我老妈"))


def test_where_one_will_live_is_a_plan_and_what_one_no_longer_has_ends() -> None:
    assert heard("off to Whitby come spring", Given("Whitby", "home", tense="future")) == [
        ("user", "plans", "off to Whitby come spring")
    ]
    reader = GivenReader(Given("the Golf", "possessions", tense="ended"))
    (claim,) = Hearing(lambda: reader)("the Golf went to the scrapyard").claims
    assert claim.ends
    assert claim.value == "Golf"


@pytest.mark.parametrize(
    ("text", "given", "value"),
    [
        (
            "Choir has moved, it is now on Tuesdays at seven.", Given("Tuesdays at seven", "schedule"),
            "Choir has moved, it is now on Tuesdays at seven",
        ),
        ("I'm flying to Oslo on 7 May, 6:40", Given("7 May", "plans"), "flying to Oslo on 7 May"),
        ("new landlord, 218 555 0147", Given("218 555 0147", "other"), "new landlord, 218 555 0147"),
        ("我现在不要emoji", Given("emoji", "style"), "现在不要emoji"),
        ("给小区的老张办聚会，定在周六", Given("周六", "plans"), "给小区的老张办聚会，定在周六"),
        ("我不喝酒", Given("酒", "diet", polarity=-1), "不喝酒"),
        ("Also off coffee, my heart", Given("coffee", "diet", polarity=-1), "no coffee"),
        ("睡不踏实，难受", Given("踏实", "health"), "睡不踏实"),
    ],
)  # fmt: skip
def test_a_statement_is_kept_as_one(text: str, given: Given, value: str) -> None:
    assert value in [claim[2] for claim in heard(text, given)]


def test_what_is_said_right_after_a_name_is_of_that_one() -> None:
    said = "My nieces: Isla, nine, fifth grade, and Rory who is six"
    claims = heard(
        said, Given("Isla", "people"), Given("Rory", "people"), Given("nine", "age", whose="Rory"),
        Given("fifth grade", "studies", whose="Rory"), Given("six", "age", whose="Isla"),
    )  # fmt: skip
    assert {("Isla", "age", "nine"), ("Isla", "studies", "fifth grade"), ("Rory", "age", "six")} <= set(claims)


def test_what_a_clause_says_of_its_subject_is_not_of_who_comes_after() -> None:
    said = "Max is allergic to hazelnuts and Lea hates figs."
    claims = heard(
        said, Given("hazelnuts", "allergies", whose="Lea"), Given("figs", "dislikes", whose="Lea", polarity=-1)
    )
    assert {("Max", "allergies", "hazelnuts"), ("Lea", "dislikes", "figs")} <= set(claims)


def test_two_who_are_named_together_are_not_each_other(tmp_path: Path) -> None:
    given = GivenReader(Given("twins Lea and Max", "people"), Given("hazelnuts", "allergies", whose="Max"))
    with closing(Store(tmp_path / "data", HashEmbedder, hear=Hearing(lambda: given))) as store:
        mei = Profile(store, store.user("mei"))
        mei.learn("We have twins Lea and Max, I love them")
        (fact,) = mei.learn("the one is Max with his hazelnuts, I think")
        assert fact.subject == "Max"


def test_a_name_is_kept_with_who_that_is_and_a_bare_relation_is_no_news() -> None:
    assert ("user", "people", "wife Agata") in heard("Wife: Agata, tall", Given("Agata", "people"))
    assert ("user", "people", "husband Gordon") in heard("Gordon, my husband, snores", Given("Gordon", "people"))
    assert ("user", "people", "son Olek") in heard("The son: Olek", Given("Olek", "name", whose="son"))
    assert ("user", "people", "roommate 阿泽") in heard("我室友阿泽回来了", Given("阿泽", "people"))
    assert heard("went by with my mum", Given("mum", "people", chance=0.72)) == []


def test_what_is_said_of_a_known_person_without_i_is_theirs(tmp_path: Path) -> None:
    given = GivenReader(Given("牛奶蛋白", "allergies"), Given("walnuts", "allergies"), Given("虾", "allergies"))
    with closing(Store(tmp_path / "data", HashEmbedder, hear=Hearing(lambda: given))) as store:
        mei = Profile(store, store.user("mei"))
        mei.add("people", "daughter 圆圆")
        mei.add("people", "sister Ana")
        for said in ("圆圆今天查出来对牛奶蛋白过敏", "poor Ana had to leave, walnuts of all things", "圆圆不怕虾"):
            mei.learn(said)
        found = {(fact.subject, fact.value) for fact in mei.facts() if fact.key == "allergies"}
        assert found == {("daughter 圆圆", "牛奶蛋白"), ("sister Ana", "walnuts")}


def test_somebody_who_is_known_is_no_news_by_a_part_of_the_name(tmp_path: Path) -> None:
    given = GivenReader(Given("何婷", "people"))
    with closing(Store(tmp_path / "data", HashEmbedder, hear=Hearing(lambda: given))) as store:
        mei = Profile(store, store.user("mei"))
        mei.learn("我妹妹何婷在株洲")
        mei.learn("何婷发来照片，我看了")
        assert [fact.value for fact in mei.facts() if fact.key == "people"] == ["sister 何婷"]


def test_a_part_of_a_chinese_name_is_made_whole() -> None:
    assert ("宋医生", "job", "牙医") in heard("宋医生是牙医，人好", Given("牙医", "job", whose="宋"))
    assert ("子墨", "interests", "下棋") in heard("我女儿子墨迷上下棋", Given("下棋", "interests", whose="墨"))


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("well, I sold the Jazz", Given("Jazz", "possessions")),
        ("我把建材公司辞了", Given("建材公司", "employer")),
        ("the old one 218 555 0199 is dead", Given("218 555 0199", "contact")),
        ("二甲双胍停了", Given("二甲双胍", "health", tense="ended")),
    ],
)
def test_what_is_given_up_ends(text: str, given: Given) -> None:
    (claim,) = [one for one in Hearing(lambda: GivenReader(given))(text).claims if one.ends]
    assert given.value in claim.value
    assert claim.polarity == (-1 if given.key == "health" else 1)


def test_what_was_so_once_and_what_is_asked_of_the_assistant_is_no_fact() -> None:
    assert heard("她本来学小提琴，我记得", Given("小提琴", "interests", whose="她")) == []
    assert heard("so give me odds for the race, my friend", Given("odds for the race", "plans")) == []


def test_a_new_rent_takes_the_place_of_the_old_and_another_matter_does_not(tmp_path: Path) -> None:
    given = GivenReader(Given("1,100", "money"), Given("1,240", "money"), Given("300", "money"))
    with closing(Store(tmp_path / "data", HashEmbedder, hear=Hearing(lambda: given))) as store:
        mei = Profile(store, store.user("mei"))
        for said in ("I pay rent of 1,100 a month", "my car insurance is 300", "my rent is now 1,240 a month"):
            mei.learn(said)
        assert [fact.value for fact in mei.facts() if fact.key == "money"] == [
            "my car insurance is 300", "my rent is now 1,240 a month",
        ]  # fmt: skip


def test_no_statement_holds_a_secret() -> None:
    said = "my card is 4556 7375 8689 9855, valid until 11/28, ok"
    assert all("4556" not in claim[2] for claim in heard(said, Given("11/28", "contact"), Given("valid", "other")))


def test_secrets_and_code_are_never_heard() -> None:
    assert heard("my password is hunter2horse, ok", Given("hunter2horse", "other")) == []
    assert heard("what is this: `name = 'Bo'`\n```\njob = baker\n```", Given("baker", "job")) == []


def test_no_reader_means_rules_alone_and_says_why() -> None:
    def load() -> GivenReader:
        raise ModelMissing("The model 'embedder-multilingual' is not on this machine yet.")

    hearing = Hearing(load)
    assert hearing("I live in Lyon.") == hear("I live in Lyon.")
    assert "multilingual" in str(hearing.trouble)


def test_a_reader_that_fails_costs_no_message() -> None:
    class Broken(GivenReader):
        def read_many(self, messages: Sequence[tuple[str, str]]) -> Sequence[Sequence[Mark]]:
            if any("cursed" in text for text, _ in messages):
                raise RuntimeError("no memory")
            return super().read_many(messages)

    hearing = Hearing(lambda: Broken(Given("the docks", "home")))
    assert hearing("I live in Lyon, cursed place.") == hear("I live in Lyon, cursed place.")
    assert hearing.trouble == "The reader failed (RuntimeError)."
    said = ["cursed town", "mostly out by the docks"]
    assert [len(one.claims) for one in hearing.many([(text, "") for text in said])] == [0, 1]


def test_many_messages_are_heard_as_one_at_a_time() -> None:
    reader = GivenReader(Given("the docks", "home"), Given("Nell", "people"))
    said = [
        ("mostly out by the docks", ""),
        ("The second one", "Which one? 1. Tea 2. Coffee"),
        ("", ""),
        ("I like tea", "And you?"),
        ("Nell is in", ""),
    ]
    for hearing in (Hearing(lambda: reader), Hearing()):
        assert hearing.many(said) == [hearing(*one) for one in said]
    assert hear_many(hear, said) == [hear(*one) for one in said]
    assert Hearing(lambda: reader).many([]) == []


def test_without_picks_an_option_that_is_named_is_no_taste() -> None:
    said = [("The second one", "Which title? 1. The Long Road 2. Shadows")]
    for hearing in (Hearing(), hear):
        assert hear_many(hearing, said)[0].chosen
        assert hear_many(hearing, said, picks=False) == [Heard()]


def test_what_a_message_answers_reaches_the_reader_without_picks_too() -> None:
    class Listens(GivenReader):
        def read_many(self, messages: Sequence[tuple[str, str]]) -> Sequence[Sequence[Mark]]:
            asked.extend(messages)
            return super().read_many(messages)

    asked: list[tuple[str, str]] = []
    hear_many(Hearing(Listens), [("Since May", "Do you run?")], picks=False)
    assert asked == [("Since May", "Do you run?")]


def test_a_sister_is_ana_once_that_is_said(tmp_path: Path) -> None:
    reader = GivenReader(
        Given("eggs", "allergies", whose="sister"),
        Given("sister Ana", "people"),
        Given("pottery", "interests", whose="Ana"),
    )
    with closing(Store(tmp_path, _no_embedder, hear=Hearing(lambda: reader))) as store:
        profile = Profile(store, store.user("mei"))
        for text in ("eggs are poison to my sister", "this is my sister Ana", "Ana does pottery"):
            profile.learn(text)
        assert {(fact.subject, fact.value) for fact in profile.facts()} >= {
            ("sister Ana", "eggs"),
            ("user", "sister Ana"),
            ("sister Ana", "pottery"),
        }


def test_parts_of_a_home_stand_side_by_side_and_a_move_takes_their_place(tmp_path: Path) -> None:
    reader = GivenReader(Given("Hull", "home"), Given("third floor", "home"), Given("Whitby", "home"))
    with closing(Store(tmp_path, _no_embedder, hear=Hearing(lambda: reader))) as store:
        profile = Profile(store, store.user("mei"))
        profile.learn("Hull born and bred, third floor, no lift")
        assert [fact.value for fact in profile.facts()] == ["Hull", "third floor"]
        profile.learn("we moved, it is Whitby for us")
        assert [fact.value for fact in profile.facts()] == ["Whitby"]


def test_what_was_denied_is_not_learned_again_from_the_same_words(tmp_path: Path) -> None:
    reader = GivenReader(Given("jazz", "likes"))
    with closing(Store(tmp_path, _no_embedder, hear=Hearing(lambda: reader))) as store:
        profile = Profile(store, store.user("mei"))
        (fact,) = profile.learn("jazz again tonight")
        profile.reject(fact.id)
        assert profile.learn("jazz again tonight") == []
        assert profile.learn("put some jazz on")


def _no_embedder() -> object:
    raise ModelMissing("none is needed")


# The heads and the tokens


def test_every_key_of_the_reader_is_one_of_the_profile() -> None:
    assert set(KEYS) == set(vocabulary.KEYS)


def test_the_weights_fit_the_package() -> None:
    assert reader_heads.WEIGHTS.stat().st_size <= 12_000_000
    layers = reader_heads.load().layers
    assert layers["calibration"].shape == (FEATURES,)
    assert layers["attr.weight"].shape[0] == len(KEYS) + 2 + len(TENSES)
    assert layers["st.weight"].shape[0] == len(STANDINGS)


def test_marks_lie_in_the_message_and_not_in_what_it_answers() -> None:
    rng = np.random.default_rng(0)
    sizes = {
        "start": (2 * PAIR, WIDTH), "end": (2 * PAIR, WIDTH), "tok": (6, WIDTH), "rep": (16, 3 * WIDTH), "sq": (PAIR, 16),
        "attr": (len(KEYS) + 2 + len(TENSES), 16), "sk": (PAIR, WIDTH), "s0": (2, 16), "st": (len(STANDINGS), WIDTH),
    }  # fmt: skip
    layers = {f"{name}.weight": rng.normal(size=size).astype(np.float32) for name, size in sizes.items()}
    layers |= {f"{name}.bias": np.zeros(size[0], np.float32) for name, size in sizes.items()}
    layers |= {"len": np.zeros((2, MAX_SPAN), np.float32), "bias": np.zeros(2, np.float32)}
    heads = Heads(layers | {"calibration": np.ones(FEATURES, np.float32)})
    own = np.arange(60) >= 20
    found = heads.read(rng.normal(size=(60, WIDTH)).astype(np.float32), own)
    assert found
    assert all(20 <= one.first <= one.last < 60 and 0 <= one.chance <= 1 for one in found)
    assert all(one.last < two.first for one, two in pairwise(found))


def test_gelu_is_that_of_its_error_function() -> None:
    numbers = np.linspace(-6, 6, 241, dtype=np.float32)
    exact = [0.5 * x * (1 + math.erf(x / math.sqrt(2))) for x in numbers.tolist()]
    assert np.allclose(reader_heads._gelu(numbers), exact, atol=1e-5)


class Letters:
    """A tokenizer for which each character is a token."""

    class Encoded(NamedTuple):
        ids: list[int]
        offsets: list[tuple[int, int]]

    def encode(self, text: str, add_special_tokens: bool = True) -> Encoded:  # noqa: ARG002
        return self.Encoded([ord(char) for char in text], [(at, at + 1) for at in range(len(text))])


def test_tokens_stand_for_the_characters_of_the_message() -> None:
    tokens = tokenize(Letters(), "I run", "Do you run?")
    assert "".join("I run"[start:end] for start, end in tokens.places if start >= 0) == "Irun"
    assert tokens.ids[0] == 0
    assert tokens.ids[-1] == tokens.ids[12] == 2
    assert tokens.places[5] == (-1, -1)


@pytest.mark.parametrize("text", ["short", "One. Two! Three? " * 40, "没有句号" * 500, "a " * 25_000])
def test_a_long_message_is_read_by_passages_within_bounds(text: str) -> None:
    parts = list(passages(text, lambda part: len(part) // 4 + 2))
    assert all(text[start : start + len(part)] == part for start, part in parts)
    assert sum(len(part) for _, part in parts) == min(len(text), 2 * ENDS)
    assert len(parts) <= 2 * ENDS // (MAX_TOKENS - 100)


def test_passages_of_like_length_go_through_the_encoder_together() -> None:
    lengths = [9, 192, 3, 10, *[20] * 30, 191, 4_000]
    batches = list(_batches(lengths))
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= AT_ONCE for batch in batches)
    assert len(batches) == 6
    assert list(_batches([])) == []


@pytest.mark.models
def test_the_real_reader_hears_who_is_named() -> None:
    with closing(_real_reader()) as reader:
        said = reader.named(
            ["My sister Ines has a dog called Momo.", "我女儿晓晴在南京上班", "What is 17 % of 80?", ""]
        )
    assert ["Ines" in " ".join(said[0]), "Momo" in " ".join(said[0]), "晓晴" in "".join(said[1])] == [True] * 3
    assert said[2:] == [[], []]


@pytest.mark.models
@pytest.mark.nightly
def test_the_real_reader_hears_many_messages_as_it_hears_each() -> None:
    with closing(_real_reader()) as reader:
        lines = (Path(__file__).parent / "data/reader/d1.jsonl").read_text("utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        said = [(one["text"], one["before"][-1][1] if one["before"] else "") for one in records]
        said += [("I like tea and my son Bo likes rice. " * 200, ""), ("", ""), ("   ", "Do you run?")]
        hearing = Hearing(lambda: reader)
        together = [heard for start in range(0, len(said), 64) for heard in hearing.many(said[start : start + 64])]
        assert sum(len(one.claims) for one in together) > len(said) / 3
        for one, alone in zip(together, (hearing(*message) for message in said), strict=True):
            assert [replace(claim, confidence=0) for claim in one.claims] == [
                replace(claim, confidence=0) for claim in alone.claims
            ]
            assert [claim.confidence for claim in one.claims] == pytest.approx(
                [claim.confidence for claim in alone.claims], abs=0.03
            )


@pytest.mark.models
@pytest.mark.nightly
def test_the_real_reader_hears_what_people_say_in_passing() -> None:
    with closing(_real_reader()) as reader:
        hearing = Hearing(lambda: reader)
        for text, value in (
            ("Coeliac here, and my daughter Nell can't have nuts. What can I cook in ten minutes?", "nuts"),
            ("我闺女小满今年上三年级，周二周四游泳，晚饭做点啥", "游泳"),
        ):
            assert any(value in claim.value for claim in hearing(text).claims)
        for nothing in ("What is the capital of Peru?", "法国首都是哪里", "Thanks, that works"):
            assert hearing(nothing).claims == ()
        hearing("I like tea. " * 4_000)


def _real_reader() -> Reader:
    from assistant import catalog
    from assistant.modelstore import ModelStore
    from assistant.settings import Settings

    store = ModelStore(Settings().models_dir)
    if not store.has(catalog.READER):
        pytest.skip("run: zhiji models get embedder-multilingual")
    return Reader(store.reader(catalog.find(catalog.READER)))


def test_a_statement_that_holds_a_thing_is_not_that_thing() -> None:
    claims = heard(
        "我闺女小满今年上三年级，周二周四游泳",
        Given("三年级", "studies", whose="闺女"),
        Given("周二周四游泳", "schedule", whose="闺女"),
    )
    assert {key for _, key, _ in claims} >= {"studies", "schedule"}
