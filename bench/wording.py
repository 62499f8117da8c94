"""How often a model names what it was told to avoid, depending on how the prompt words the dislike or allergy.

    python bench/wording.py [--model small]

A reply counts as a slip if it names the thing to avoid in a sentence that does not also say to leave it out. Greedy,
96 tokens, so a run is repeatable. The figures are in docs/findings.md.
"""

import argparse
import re
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from assistant.chat_models.base import ChatModel, Sampling
from prompts.types import ChatMessage
from prompts.wording import long_date

# (kind, what to avoid, pattern that names it, question)
ITEMS = [
    ("allergies", "peanuts", r"peanut|花生", "Suggest three snacks for a movie night."),
    ("allergies", "peanuts", r"peanut", "What could I spread on my toast?"),
    ("allergies", "milk", r"\bmilk|cheese|yogh?urt|butter|cream", "Give me three ideas for breakfast."),
    ("allergies", "eggs", r"\begg", "What should I eat for breakfast tomorrow?"),
    (
        "allergies",
        "shellfish",
        r"shrimp|prawn|crab|lobster|shellfish|oyster",
        "Suggest a seafood dinner for me.",
    ),
    ("allergies", "gluten", r"wheat|bread|pasta|noodle|toast|gluten", "Give me three quick lunch ideas."),
    ("allergies", "nuts", r"\bnuts?\b|almond|walnut|cashew|pecan", "Suggest a healthy snack for the office."),
    ("allergies", "strawberries", r"strawberr", "Which fruits should I put into a fruit salad?"),
    ("dislikes", "coffee", r"coffee|espresso|latte", "What should I drink in the morning to wake up?"),
    (
        "dislikes",
        "horror films",
        r"horror|scary|conjuring|shining|exorcist",
        "Recommend three films for tonight.",
    ),
    ("dislikes", "running", r"\brun(ning)?\b|jog", "Suggest three ways for me to exercise."),
    ("dislikes", "beaches", r"beach|seaside", "Where should I go on holiday in summer?"),
    ("dislikes", "fish", r"\bfish|salmon|tuna|\bcod\b", "Suggest a light dinner for me."),
    ("dislikes", "jazz", r"jazz", "What music should I play at my dinner party?"),
    (
        "dislikes",
        "spicy food",
        r"spicy|chil[il]i|curry|hot sauce",
        "Which dish should I order in a Thai restaurant?",
    ),
    ("dislikes", "gardening", r"garden|plant", "Suggest three hobbies for my weekends."),
    ("allergies", "花生", r"花生", "推荐三种看电影时吃的零食。"),
    ("allergies", "牛奶", r"牛奶|奶酪|酸奶|奶油|黄油", "早餐吃什么好？给我三个建议。"),
    ("dislikes", "香菜", r"香菜", "教我做一道凉拌菜。"),
    ("dislikes", "咖啡", r"咖啡", "早上喝什么能提神？"),
]
LEAVES_OUT = re.compile(
    r"\b(no|not|without|avoid|free|instead|allerg\w*|don't|never|skip|dislike|rather)\b|不|避免|过敏|代替|无"
)

WORDINGS = {
    "bare": {"en": "{kind}: {value}.", "zh": "{kind}：{value}。"},
    "never": {"en": "Never suggest {value} to the user.", "zh": "绝不要向用户推荐{value}。"},
    "said": {
        "en": "The user is allergic to or dislikes {value}.",
        "zh": "用户对{value}过敏或不喜欢{value}。",
    },
    "instead": {
        "en": "The user cannot have {value}: suggest something else instead.",
        "zh": "用户不能接受{value}：请推荐别的。",
    },
    "free of": {
        "en": "Whatever you suggest must be free of {value}.",
        "zh": "你推荐的一切都必须不含{value}。",
    },
}


def prompt(item: tuple[str, str, str, str], wording: str, place: str) -> list[ChatMessage]:
    kind, value, _, question = item
    language = "zh" if re.search("[一-鿿]", question) else "en"
    rule = WORDINGS[wording][language].format(kind=kind, value=value)
    system = {
        "en": f"You are Zhiji, a personal assistant. Today is {long_date(date(2026, 11, 22), 'en')}.",
        "zh": f"你是知己，一位私人助手。今天是{long_date(date(2026, 11, 22), 'zh')}。",
    }[language]
    if place == "system":
        return [ChatMessage("system", f"{system}\n{rule}"), ChatMessage("user", question)]
    return [ChatMessage("system", system), ChatMessage("user", f"{question}\n({rule})")]


def slipped(reply: str, pattern: str) -> bool:
    sentences = re.split(r"[.!?\n。！？]", reply)
    return any(re.search(pattern, sentence, re.I) and not LEAVES_OUT.search(sentence.lower()) for sentence in sentences)


def measure(model: ChatModel) -> None:
    sampling = Sampling(temperature=0, max_new_tokens=96)
    none = sum(slipped("".join(model.stream([ChatMessage("user", item[3])], sampling)), item[2]) for item in ITEMS)
    print(f"| not told at all | - | {none} of {len(ITEMS)} |", flush=True)
    for place in ("system", "question"):
        for wording in WORDINGS:
            slips = [
                item[1]
                for item in ITEMS
                if slipped("".join(model.stream(prompt(item, wording, place), sampling)), item[2])
            ]
            print(f"| {wording} | {place} | {len(slips)} of {len(ITEMS)} | {', '.join(slips)}", flush=True)


if __name__ == "__main__":
    from assistant.chat_models.registry import load
    from assistant.settings import Settings

    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="small")
    measure(load(Settings(model=parser.parse_args().model)))
