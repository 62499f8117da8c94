"""Does a model keep "I" and "you" apart, use a note, and admit what it does not know? Compared by system prompt.

    python bench/persona.py [--model small]

Three kinds of message in each language: something the user tells (the reply must not claim it for itself), a question
that a recalled note answers (the answer must be in the reply), and a question nothing answers (the reply must say so).
Greedy, 60 tokens. The figures are in docs/findings.md.
"""

import argparse
import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from assistant.chat_models.base import ChatModel, Sampling
from memory.types import Hit, Memory
from prompts.builder import Material, build
from prompts.types import ChatMessage, Language

TOLD: list[tuple[Language, str]] = [
    ("en", "My cat is called Tom and I live in Berlin."),
    ("en", "I started a new job as a teacher last week."),
    ("en", "I am allergic to cats."),
    ("en", "My sister Anna is getting married in June."),
    ("zh", "我的猫叫汤姆，我住在柏林。"),
    ("zh", "我上周开始了新工作，当老师。"),
    ("zh", "我对猫过敏。"),
    ("zh", "我姐姐六月份结婚。"),
]
CLAIMED = re.compile(
    r"\b(my (cat|sister|job|new job)|i am (allergic|a teacher)|i live|i started)\b|"
    r"我的(猫|姐姐|新工作)|我(住在|对猫过敏|姐姐)|我没有|AI助手|人工智能",
    re.I,
)
KNOWN: list[tuple[Language, str, str, str]] = [
    ("en", "My cat is called Tom and I live in Berlin.", "What is the name of my cat?", "Tom"),
    ("en", "My cat is called Tom and I live in Berlin.", "Which city do I live in?", "Berlin"),
    ("en", "I play the cello in an orchestra.", "What instrument do I play?", "cello"),
    ("en", "My sister Anna is getting married in June.", "When is my sister's wedding?", "June"),
    ("zh", "我的猫叫汤姆，我住在柏林。", "我的猫叫什么？", "汤姆"),
    ("zh", "我的猫叫汤姆，我住在柏林。", "我住在哪个城市？", "柏林"),
    ("zh", "我在乐团里拉大提琴。", "我会什么乐器？", "大提琴"),
    ("zh", "我姐姐六月份结婚。", "我姐姐什么时候结婚？", "六月"),
]
UNKNOWN: list[tuple[Language, str]] = [
    ("en", "What did I eat yesterday?"),
    ("en", "What is my brother's name?"),
    ("en", "When is my birthday?"),
    ("en", "Which car do I drive?"),
    ("zh", "我昨天吃了什么？"),
    ("zh", "我弟弟叫什么名字？"),
    ("zh", "我的生日是哪天？"),
    ("zh", "我开什么车？"),
]
ADMITS = re.compile(
    r"(don't|do not|doesn't|cannot|can't|not) (know|have|tell|remember|recall|sure|mention|provided)|haven't|"
    r"no (note|record|information)|"
    r"not (been )?(mentioned|told)|不知道|不清楚|没有告诉|没有提|无法|不记得|没有关于|没有相关|没有记录|未提",
    re.I,
)


def run(model: ChatModel, variant: str) -> None:
    sampling = Sampling(temperature=0, max_new_tokens=60)

    def say(language: Language, text: str, note: str | None = None) -> str:
        now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        hits = [Hit(Memory("1", note, "said", "mei", now, now), 0.6)] if note else []
        material = Material(text, language, date(2026, 11, 22), "mei", recalled=hits)
        messages = VARIANTS[variant](list(build(material, model.count_tokens, 2048).messages), language, bool(note))
        return "".join(model.stream(messages, sampling)).strip()

    told = [(text, say(language, text)) for language, text in TOLD]
    known = [(question, want, say(language, question, note)) for language, note, question, want in KNOWN]
    unknown = [(question, say(language, question)) for language, question in UNKNOWN]
    good_told = [not CLAIMED.search(reply) for _, reply in told]
    good_known = [want.casefold() in reply.casefold() for _, want, reply in known]
    good_unknown = [bool(ADMITS.search(reply)) for _, reply in unknown]
    print(
        f"| {variant} | {sum(good_told)} of {len(told)} | {sum(good_known)} of {len(known)} "
        f"| {sum(good_unknown)} of {len(unknown)} |",
        flush=True,
    )
    for row, good in zip([*told, *known, *unknown], [*good_told, *good_known, *good_unknown], strict=True):
        print("   ", "ok  " if good else "MISS", row, file=sys.stderr, flush=True)


def as_shipped(messages: list[ChatMessage], _language: Language, _noted: bool) -> list[ChatMessage]:
    return messages


def bare(messages: list[ChatMessage], language: Language, _noted: bool) -> list[ChatMessage]:
    text = {"en": "You are Zhiji, a personal assistant.", "zh": "你是知己，一位私人助手。"}[language]
    return [ChatMessage("system", text), *messages[1:]]


VARIANTS = {"as shipped": as_shipped, "one-line persona": bare}

if __name__ == "__main__":
    from assistant.chat_models.registry import load
    from assistant.settings import Settings

    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="small")
    chosen = load(Settings(model=parser.parse_args().model))
    for name in VARIANTS:
        run(chosen, name)
