"""Which code answers which act. What nobody answers here is the model's."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from assistant.talk import forgetting, identity, noting, recounting, reminding_turns, reshaping
from assistant.talk.acts.classifier import classify
from assistant.talk.agenda import agenda
from assistant.talk.answer import Answer, Asked, Pending, Said
from assistant.talk.between import days_between
from assistant.talk.current import current
from assistant.talk.forgetting import FORGET
from assistant.talk.life import finds
from assistant.talk.noted_sums import noted_sum
from assistant.talk.noting import UNDO
from assistant.talk.reminding_turns import REMIND, asks_in_other_words, is_about_reminders, remind
from assistant.talk.shaping import reworks
from assistant.talk.sums import solve
from assistant.talk.texts import say
from memory.language import acts, stemming
from memory.language.acts import Act
from memory.language.lexicon import joined
from memory.language.reading import Reading
from memory.types import Message
from prompts.wording import asks_about_self

SURE = {
    "forget": 0.4,
    "undo": 0.4,
    "private": 0.5,
    "correct": 0.4,
    "remember": 0.6,
    "remind": 0.4,
    "about_me": 0.75,
    "provenance": 0.5,
    "summary": 0.5,
    "sum": 0.5,
    "who": 0.75,
    "clock": 0.7,
    "world": 0.85,
}
"""How likely the classifier must hold an act for code to act on it; what erases is asked about first all the same."""
LIKELY = 0.3
"""The same for any other act."""
NAMES = 2
"""What names so many things does not ask what time it is: "when do doors open on Wednesday?"."""
REMINDS = 0.2
"""What names a reminder is rather one than a telling or a sum, if it is so likely: "7点的闹钟"."""
TIMELESS = 0.85
"""The same for reminders in a message that names no time."""
SUGGESTS = 0.7
"""What asks about the user, as "wens my midterm" does, must be as likely as this to be a wish for a suggestion."""
_RATHER_ASK = frozenset({"tell", "world", "small_talk"})
"""And is none of these."""
MAY_ASK = 0.3
"""So likely a question about what was told, it is one, if nothing else is likely."""
DEEDS = frozenset({"forget", "undo", "remember", "correct", "remind"})
"""What changes something."""
_OWN = re.compile(r"\b(?:my|mine|i|our|we)\b|我", re.I)
_MEANT = frozenset({"write", "summary", "about_me", "provenance", "command_remind", "sum", "world", "follow_up"})
"""What stays what it is though it asks something, too, if it is as likely as MEANT."""
MEANT = 0.6
TELLS = 0.9
"""So likely a telling, it is one though it has the words of a question."""
FORGETS = 0.9
"""So likely a command to forget, it is one though it has no word for that."""
_TOPIC = re.compile(r"^\s*(?:git|linux|vim|bash|excel|word|python|sql|docker|windows|photoshop|[A-Z]\w{1,14}): ", re.I)
"""A message that begins with its topic asks about that: "Git: undo the last commit."."""
MOST_OF_AN_ANSWER = 60
"""A longer message is none to "yes or no?"."""
_MAY_BE_A_SUM = re.compile(
    r"\d|[%％‰½¼¾×÷]|[零〇一二两三四五六七八九十百千万亿半几多]|weekday|percent"
    r"|\bhow (?:many|much|old|long|far)\b|\bwhat (?:day|date|week)"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
    r"|ninety|hundred|thousand|million|dozen|half|quarter|third|double|triple|twice|couple)\b",
    re.I,
)
"""What every sum has; nothing else is read as one."""
_ACTS: Mapping[str, Act] = {
    "ask_memory": "ask", "ask_list": "ask", "ask_count": "ask", "ask_when": "ask", "command_forget": "forget",
    "command_private": "private", "command_correct": "correct", "command_remember": "remember", "command_undo": "undo",
    "command_remind": "remind",
}  # fmt: skip


def act_of(reading: Reading, before: Sequence[Message]) -> Act | None:
    """What a message wants: by rules, where a few words say it, else as the classifier has it, if it is sure enough. "No, …"
    corrects only what was stated: after a question it is an answer."""
    asked = {FORGET, UNDO} & set(waiting(before))
    if asked and (acts.is_yes(reading.text) or acts.is_no(reading.text) or _may_answer(reading.text)):
        return "undo" if UNDO in asked else "forget"
    if reworks(reading.text, before):
        return "rework"
    if joined("talk_reminds_of").search(reading.text):
        return "ask"
    act = acts.act_of(reading.text, private=reading.private)
    if act not in ("private", "undo") and is_about_reminders(reading, before, REMIND in waiting(before)):
        return "remind"
    if act == "forget" and joined("talk_reminder").search(reading.text):
        return "remind"
    if (
        act is None
        and _MAY_BE_A_SUM.search(reading.text)
        and solve(reading.text, reading.language, reading.at) is not None
    ):
        return "sum"
    if act is None and forgetting.goes_on(reading.text, before):
        return "forget"
    if act is None and reminding_turns.goes_on(reading, before):
        return "remind"
    act = act or _asked_in_words(reading) or _likely(reading, before)
    if act in ("correct", "remind") and reading.heard.claims and not _is_said(act, reading.text):
        return "tell"
    if act == "correct" and before and not _follows_a_statement(before) and not acts.says_it_corrects(reading.text):
        return "tell"
    return act


def _is_said(act: Act, text: str) -> bool:
    """Whether the words name what the classifier hears: of what tells something new nothing is corrected, and no reminder set."""
    return acts.says_it_corrects(text) if act == "correct" else bool(joined("calls_for_a_reminder").search(text))


def _asked_in_words(reading: Reading) -> Act | None:
    """A question about oneself within a longer message, or of a few words: "so do list my cousins", "Employer, role."."""
    text = reading.text
    if acts.is_task(text) or acts.is_unmeant(text):
        return None
    if joined("asks_shortly").search(text):
        return "ask"
    unmarked = bool(joined("asks_unmarked").search(text))
    if not ((unmarked or joined("asks_in_words").search(text)) and _OWN.search(text)):
        return None
    label, chance = next(iter(classify(text).items()))
    if (label in _MEANT and chance >= MEANT) or (unmarked and label == "tell" and chance >= TELLS):
        return None
    return "ask"


def _likely(reading: Reading, before: Sequence[Message]) -> Act | None:
    if len(reading.text) > acts.MAX_CHARS or acts.is_task(reading.text) or acts.is_unmeant(reading.text):
        return None
    said = [message.text for message in before[-2:]]
    chances = classify(reading.text, (said[0], said[1]) if len(said) == 2 else None)
    label, second = list(chances)[:2]
    if label == "command_forget" and chances[label] < FORGETS and not finds("talk_forgets", reading.text):
        label = second  # "Petra's number, please."
    act, chance = _ACTS.get(label) or cast(Act, label), chances[label]
    if act in ("tell", "sum") and chances["command_remind"] >= REMINDS and joined("talk_reminder").search(reading.text):
        act, chance = "remind", SURE["remind"]
    if (act in _RATHER_ASK or (act == "suggest" and chance < SUGGESTS)) and asks_about_self(reading.text):
        return "ask"
    if act == "remind" and finds("asks_advice", reading.text) and not joined("talk_reminder").search(reading.text):
        return "suggest"  # "Theo eats with me on Thursday. What do I put on the table?"
    if act == "remind" and not asks_in_other_words(reading, timeless=chance >= TIMELESS):
        return None
    if act in DEEDS and _TOPIC.search(reading.text):
        return None
    if act == "clock" and len(set(stemming.words(reading.text))) >= NAMES:
        return "ask"
    if chance >= SURE.get(act, LIKELY):
        return act
    asks = sum(chances[name] for name in _ACTS if _ACTS[name] == "ask") >= MAY_ASK
    return "ask" if asks and asks_about_self(reading.text) else None


def _sum(asked: Asked) -> Answer | None:
    solution = solve(asked.text, asked.language, asked.reading.at)
    noted = noted_sum(asked, limit_only=solution is not None)
    return noted or (Answer(solution.text) if solution else None)


ANSWERERS: Mapping[str, Callable[[Asked], Answer | None]] = {
    "who": identity.who,
    "clock": identity.clock,
    "small_talk": identity.small_talk,
    "about_me": recounting.about_me,
    "summary": recounting.summary,
    "provenance": recounting.provenance,
    "forget": forgetting.forget,
    "private": noting.private,
    "remember": noting.remember,
    "correct": noting.correct,
    "undo": noting.undo,
    "sum": _sum,
    "rework": reshaping.rework,
    "remind": lambda asked: remind(asked, REMIND in waiting(asked.before)),
}


def answer(asked: Asked) -> Answer | None:
    pending = waiting(asked.before)
    if {FORGET, UNDO} & set(pending):
        if acts.is_no(asked.text):
            return Answer(say("kept", asked.language))
        if acts.is_yes(asked.text):
            return noting.undone(asked) if UNDO in pending else forgetting.confirmed(asked, pending)
        if _may_answer(asked.text):
            return Answer(deed=lambda _: Said(say("yes_or_no", asked.language), pending))
    if asked.hands is None and asked.reading.act in DEEDS:
        return Answer(say("no_deeds", asked.language))
    if name := identity.called(asked) or reshaping.in_own_form(asked):
        return name
    if apart := days_between(asked):
        return apart
    answerer = ANSWERERS.get(asked.reading.act or "")
    found = answerer(asked) if answerer else agenda(asked)
    if found is None and _may_lack(asked, answerer):
        found = noted_sum(asked) or (None if answerer else current(asked))
    if asked.reading.act in ("about_me", "summary", "provenance") and found and not found.recalled and not found.facts:
        return found if acts.act_of(asked.text) == asked.reading.act else None  # by the classifier alone: the model's
    return found


def _may_lack(asked: Asked, answerer: object) -> bool:
    """Whether a message may be a sum with a number of a note: what nobody else answers."""
    return answerer is None or asked.reading.act == "small_talk"


def _may_answer(text: str) -> bool:
    """Whether a message may be meant for a "yes or no?", and is neither: "yes but keep part 3"."""
    return len(text) <= MOST_OF_AN_ANSWER and bool(joined("talk_of_an_answer").search(text))


def waiting(before: Sequence[Message]) -> Pending:
    """What the last reply asked about."""
    last = before[-1] if before else None
    if last is None or last.role != "assistant" or not last.plan:
        return {}
    kept = json.loads(last.plan).get("pending")
    found = json.loads(kept) if isinstance(kept, str) else {}
    return found if isinstance(found, dict) else {}


def _follows_a_statement(before: Sequence[Message]) -> bool:
    return bool(before) and before[-1].role == "assistant" and not before[-1].text.rstrip().endswith(("?", "？"))
