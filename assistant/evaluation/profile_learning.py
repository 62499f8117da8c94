"""Does the profile learn what people say of themselves, and nothing else? `zhiji evaluate profile FILE …`.

- PrefEval's preferences (Zhao et al., "Do LLMs Recognize Your Preferences?", 2025): each stated preference, said in a chat
  of its own: is it learned, with the right sign and a quote? Each choice: is a preference learned, and does it share a
  word with the preference behind it?
- PrefEval's conversations on other things: messages that wrongly yield a fact.
- Labelled messages, a JSON object a line with `text` and `facts`: the precision and recall of what each
  message yields; with `before` and `retracts` cases that come out right, given what the profile held.

By rules alone; with a model, what it proposes beyond them is measured too, on labelled messages and other talk: its
precision decides whether models.toml lets it learn.

A fact matches a label if it is about the same person, of one of the label's keys (likes
and interests count as one, so do goals and plans), of the same sign, and half of the words of the shorter value are in
the longer.
"""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from assistant.chat_models.base import ChatModel
from assistant.evaluation.results import Progress, Record, Results
from assistant.learning import propose
from assistant.runtime import load_reader
from assistant.settings import Settings
from memory.errors import BadInput
from memory.facts.hearing import Hearing, hear
from memory.language import stemming
from memory.language.reading import Hear
from memory.profile import Profile
from memory.storage.tables import utc_now
from memory.store import Store
from memory.types import Fact, Message

TASTES = ("likes", "dislikes", "interests", "diet", "allergies", "health", "goals", "style", "personality")
ONE = ({"likes", "interests"}, {"goals", "plans"})
RULES, READER, BOTH = "rules", "reader", "rules and reader"
"""What may hear; any other system is a model that proposes."""
AT_ONCE = 100
"""Cases in one store: each is a user of its own, and SQLite slows down with thousands of their tables."""

_NEGATIVE = re.compile(
    r"\b(avoid|dislike|hate|aversion|not|\w+n['’]t|never|cannot|against|allerg\w*|intoleran\w*|afraid|scared|phobia|refuse"
    r"|struggle|uncomfortable|distracting|unengaging|tedious|boring|difficult|free from|sensitive to)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One message and what came of it. `right` is the measure's verdict; `found` and `wanted` are counted for labels."""

    measure: str
    text: str
    right: bool
    learned: Sequence[str]
    wanted: Sequence[str] = field(default=())
    good: int = 0
    """Of `learned`, those that match a label."""
    hit: int = 0
    """Of `wanted`, those that were learned."""


def evaluate(
    results: Results,
    paths: Sequence[Path],
    progress: Progress | None = None,
    *,
    model: ChatModel | None = None,
    system: str = RULES,
    hear: Hear = hear,
) -> None:
    """Every item of the files that `results` does not have, each in a profile that holds nothing else. `system` names what
    hears. Raises BadInput, naming the place."""
    every = chain.from_iterable(map(_cases, paths))
    cases = [(f"{number} {measure}", measure, record) for number, (measure, record) in enumerate(every, 1)]
    due = [case for case in cases if f"{system}/{case[0]}" not in results.done]
    for begin in range(0, len(due), AT_ONCE):
        with tempfile.TemporaryDirectory() as folder, closing(Store(Path(folder), _no_embedder, hear=hear)) as store:
            for number, (name, measure, record) in enumerate(due[begin : begin + AT_ONCE], begin + 1):
                profile = Profile(store, store.user(f"case{number}"))
                found = {system: _item(measure, profile, record)}
                if model and measure.startswith(("labelled", "hard", "other")):
                    found = {model.name: _proposed(measure, profile, record, model)} | found
                for by, item in found.items():
                    if f"{by}/{name}" not in results.done:
                        results.add(_record(f"{by}/{name}", by, item))
                if progress:
                    progress(number, len(due))


def hearings(settings: Settings, which: str) -> dict[str, Hear]:
    """What hears, by its name in the results: "rules", "reader", "both", or "all". Raises BadInput, ModelMissing."""
    if which not in ("rules", "reader", "both", "all"):
        raise BadInput(f"--hears takes rules, reader, both or all, not {which[:40]!r}.")
    made: dict[str, Hear] = {RULES: hear}
    if which != "rules":
        reader = load_reader(settings)
        made |= {READER: Hearing(lambda: reader, rules=False), BOTH: Hearing(lambda: reader)}
    return made if which == "all" else {name: made[name] for name in ({"both": BOTH}.get(which, which),)}


def _record(name: str, system: str, item: Item) -> Record:
    return {
        "id": name,
        "system": system,
        "category": item.measure,
        "question": item.text,
        "right": float(item.right),
        "learned": list(item.learned),
        "wanted": list(item.wanted),
        "good": item.good,
        "hit": item.hit,
    }


def table(records: Sequence[Record]) -> str:
    """A line for each measure and what learned, in Markdown."""
    lines = ["| measure | items | result |", "|---|---|---|"]
    for system, measure in dict.fromkeys((record["system"], record["category"]) for record in records):
        chosen = [record for record in records if (record["system"], record["category"]) == (system, measure)]
        right = sum(record["right"] for record in chosen) / len(chosen)
        proposed = system not in (RULES, BOTH, READER)
        if proposed or measure.startswith(("labelled", "hard")):
            learned, wanted = (sum(len(record[what]) for record in chosen) for what in ("learned", "wanted"))
            precision = sum(record["good"] for record in chosen) / max(learned, 1)
            recall = sum(record["hit"] for record in chosen) / max(wanted, 1)
            result = f"precision {precision:.2f} of {learned}, recall {recall:.2f} of {wanted}"
            result += f"; {100 * right:.1f} % right" if measure.startswith("hard") and not proposed else ""
        elif measure.startswith("other talk"):
            result = f"{100 * (1 - right):.1f} % wrongly yield a fact"
        else:
            result = f"{100 * right:.1f} % right"
        who = f"proposed by {system}: " if proposed else "" if system == RULES else f"{system}: "
        lines.append(f"| {who}{measure} | {len(chosen)} | {result} |")
    return "\n".join(lines)


def _no_embedder() -> Any:
    raise BadInput("no embedder is needed here")


def _cases(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(measure, record)."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            for number, line in enumerate(text.splitlines(), 1):
                place = f"{path}, line {number}"
                record = json.loads(line)
                kind = "hard cases" if "before" in record else "labelled"
                if not isinstance(record["text"], str) or not isinstance(record["facts"], list):
                    raise TypeError("`text` must be a text and `facts` a list")
                yield f"{kind} {record.get('language', '')} ({path.stem})", record
            return
        place = str(path)
        data = json.loads(text)
        if isinstance(data, dict):
            for topic in data.values():
                yield from (("stated preferences", record) for record in topic["mcq"])
                yield from (("choices", record) for record in topic["implicit_choice"])
                yield from (("choices, on the point", record) for record in topic["implicit_choice"])
        else:
            for conversation in data:
                for message in conversation["conversation"]:
                    if message["role"] == "user":
                        yield "other talk", {"text": message["content"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{place if 'place' in locals() else path}: {type(error).__name__} {error}.") from error


def _item(measure: str, profile: Profile, record: dict[str, Any]) -> Item:
    if measure == "stated preferences":
        return _stated(measure, profile, record)
    if measure.startswith("choices"):
        return _choice(measure, profile, record)
    if measure == "other talk":
        learned = profile.learn(record["text"])
        return Item(measure, record["text"], not learned, _written(learned))
    return _hard(measure, profile, record) if "before" in record else _labelled(measure, profile, record)


def _stated(measure: str, profile: Profile, record: dict[str, Any]) -> Item:
    text = record["preference"]
    learned = profile.learn(text)
    return Item(measure, text, any(states(fact, text) for fact in learned), _written(learned))


def _choice(measure: str, profile: Profile, record: dict[str, Any]) -> Item:
    said = record["conversation"]
    learned = profile.learn(said["user_selection"], proposal=said["assistant_options"])
    tastes = [fact for fact in learned if fact.key in TASTES]
    on_the_point = any(shares_a_word(fact.value, record["preference"]) for fact in tastes)
    right = bool(tastes) if measure == "choices" else on_the_point
    return Item(measure, said["user_selection"], right, _written(learned), [record["preference"]])


def _labelled(measure: str, profile: Profile, record: dict[str, Any]) -> Item:
    learned = [fact for fact in profile.learn(record["text"]) if fact.status == "active"]
    wanted = [label for label in record["facts"] if not label.get("optional")]
    good = sum(any(matches(fact, label) for label in record["facts"]) for fact in learned)
    hit = sum(any(matches(fact, label) for fact in learned) for label in wanted)
    right = good == len(learned) and hit == len(wanted)
    return Item(measure, record["text"], right, _written(learned), _labels(wanted), good, hit)


def _hard(measure: str, profile: Profile, record: dict[str, Any]) -> Item:
    """Right if all that is wanted holds, nothing else was learned, and what is retracted no longer holds."""
    for held in record["before"]:
        profile.add(held["key"], held["value"], subject=held.get("subject", "user"))
    profile.learn(record["text"])
    now = profile.facts()
    learned = [fact for fact in now if fact.origin != "set"]
    wanted = [label for label in record["facts"] if not label.get("optional")]
    hit = sum(any(matches(fact, label) for fact in now) for label in wanted)
    good = sum(any(matches(fact, label) for label in record["facts"]) for fact in learned)
    kept = any(fact.origin == "set" and matches(fact, label) for fact in now for label in record.get("retracts", ()))
    right = hit == len(wanted) and good == len(learned) and not kept
    return Item(measure, record["text"], right, _written(learned), _labels(wanted), good, hit)


def _proposed(measure: str, profile: Profile, record: dict[str, Any], model: ChatModel) -> Item:
    """What the model proposes and the profile takes, beyond what the rules have learned by now; `wanted` is what they
    left."""
    labels = record.get("facts", ())
    left = [label for label in labels if not label.get("optional")]
    left = [label for label in left if not any(matches(fact, label) for fact in profile.facts())]
    now = utc_now()
    said = Message("", "", None, "user", record["text"], "complete", now, now)
    learned = profile.adopt(propose(model, said), at=now)
    good = sum(any(matches(fact, label) for label in labels) for fact in learned)
    hit = sum(any(matches(fact, label) for fact in learned) for label in left)
    right = good == len(learned) and hit == len(left)
    return Item(measure, record["text"], right, _written(learned), _labels(left), good, hit)


def states(fact: Fact, preference: str) -> bool:
    """Whether a fact is what someone said to prefer: a taste, quoted, with the sign of the first clause. What follows may
    have the other ("I prefer …")."""
    negative = bool(_NEGATIVE.search(re.split(r"[,.;]| and I | and prefer | because | as I ", preference)[0]))
    right_sign = _negative(fact) == negative or fact.key in ("diet", "allergies", "health")
    return fact.key in TASTES and bool(fact.quote) and str(fact.quote) in preference and right_sign


def shares_a_word(text: str, preference: str) -> bool:
    return bool(set(stemming.words(text)) & set(stemming.words(preference)))


def matches(fact: Fact, label: dict[str, Any]) -> bool:
    same_sign = "polarity" not in label or fact.polarity == label["polarity"]
    same_subject = fact.subject == label["subject"] or label["subject"] in fact.subject.split()
    return same_subject and fact.key in one_of(label) and same_sign and alike(fact.value, label["value"])


def one_of(label: Mapping[str, Any]) -> set[str]:
    """The keys that are right for a label."""
    keys = {label["key"], *label.get("keys", ())}
    for group in ONE:
        if keys & group:
            keys |= group
    return keys


def alike(one: str, other: str) -> bool:
    left, right = _parts(one), _parts(other)
    if not left or not right:
        return one.strip().casefold() == other.strip().casefold()
    return len(left & right) / min(len(left), len(right)) >= 0.5


def _parts(value: str) -> set[str]:
    """Words of English, characters of Chinese; small words left out."""
    small = {"a", "an", "the", "of", "to", "in", "my", "and"}
    return (set(re.findall(r"[a-z0-9]+", value.casefold())) - small) | set(re.findall(r"[\u4e00-\u9fff]", value))


def _negative(fact: Fact) -> bool:
    return fact.polarity < 0


def _written(facts: Sequence[Fact]) -> list[str]:
    return [
        f"{fact.subject}.{fact.key} = {fact.value} ({fact.polarity:+d}, {fact.status}): {fact.quote}" for fact in facts
    ]


def _labels(labels: Sequence[dict[str, Any]]) -> list[str]:
    return [f"{label['subject']}.{label['key']} = {label['value']}" for label in labels]
