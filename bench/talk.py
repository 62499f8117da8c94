"""A long conversation, turn by turn, through the whole assistant: recall, profile, prompt, model, log.

At some turns the same prompt is given to the same model with nothing kept, and to transformers' `generate`.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from assistant import Done, Runtime, Sampling, Settings, TextDelta
from assistant.chat_models import registry
from assistant.chat_models.base import ChatModel, Conversation
from assistant.chat_models.cached_model import CachedModel
from bench.baseline import Baseline
from bench.figures import Figures
from memory.types import NewMemory
from prompts.types import ChatMessage

REPLY = 64
NEAR = {1: (1,), 5: (4, 5, 6), 20: (19, 20, 21), 60: (58, 59, 60)}
"""Which turns a figure is the median of."""
THINGS = (
    "my garden behind the house", "the bread I bake on Sundays", "my sister's wedding in June", "the bicycle I am repairing",
    "a trip to the coast by train", "learning to play the cello", "our neighbour's noisy dog", "the film we saw last night",
    "my new job at the library", "a cold that will not go away", "the marathon in October", "the soup my grandmother made",
)  # fmt: skip
ASKS = (
    "I have been thinking about {thing} all week, and I am not sure how to go on from here. What would you do first, and why?",
    "Something odd happened today that has to do with {thing}: it went much better than I had feared. Why might that be?",
    "Could you help me plan the next steps for {thing}? I have about two hours on Saturday morning and not much money.",
    "A friend asked me about {thing} and I could not explain it well. How would you say it in two plain sentences?",
    "Yesterday I read an article about {thing}, and it said quite the opposite of what we said. Who is right, do you think?",
)  # fmt: skip

EARLIER = [
    f"{opening} {thing}, {ending}"
    for thing in THINGS
    for opening, ending in (
        ("Last spring we talked about", "which took up most of my weekends and rather more money than I had planned"),
        ("My brother keeps asking about", "and I told him that I would write it all down for him one of these days"),
        ("I was happy about", "until the rain came and everything had to be done a second time from the beginning"),
        ("The best thing this year was", "because it brought people together who had not spoken for a long time"),
    )
]
"""What is remembered when the talk begins: something is recalled at every turn, as for a person who has used it a while."""


def messages(turns: int) -> list[str]:
    """Sixty different things a person might say, 25 to 35 tokens each."""
    return [ASKS[turn % len(ASKS)].format(thing=THINGS[turn % len(THINGS)]) for turn in range(turns)]


class Listening:
    """A model that keeps the last prompt it was given, and passes everything on."""

    def __init__(self, model: CachedModel[object]) -> None:
        self.model = model
        self.last: Sequence[ChatMessage] = ()
        self.name, self.context_length, self.at_once = model.name, model.context_length, model.at_once
        self.count_tokens, self.forget, self.close = model.count_tokens, model.forget, model.close

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> object:
        return self.model.stream(messages, sampling)

    def conversation(self, user: str, conversation: str) -> Conversation:
        inner, outer = self.model.conversation(user, conversation), self

        class Heard:
            cached_tokens = 0

            def stream(self, messages: Sequence[ChatMessage], sampling: Sampling, ended: object = None) -> object:
                outer.last = messages
                yield from inner.stream(messages, sampling, ended)  # type: ignore[arg-type]
                self.cached_tokens = inner.cached_tokens

            warm = staticmethod(inner.warm)

        return Heard()  # type: ignore[return-value]


@dataclass(frozen=True)
class Turn:
    """One turn as a person saw it, and the same prompt with nothing kept."""

    first_s: float
    whole_s: float
    prompt: Sequence[ChatMessage]
    alone_s: float
    same: bool


def measure(
    figures: Figures, name: str, baseline: Baseline | None, progress: Progress, *, turns: int, pause_s: float
) -> None:
    part = f"conversation, {name}, {pause_s:.0f} s pause"
    kept = dict(_talk(name, turns, pause_s, part, progress))
    for turn, near in NEAR.items():
        there = [kept[at] for at in near if at in kept]
        if not there:
            continue
        shares = [at.first_s / at.alone_s for at in there]
        figures.add(part, "first token", f"kept, turn {turn}", [at.first_s for at in there], "s")
        figures.add(part, "first token", f"same engine, nothing kept, turn {turn}", [at.alone_s for at in there], "s")
        figures.add(part, "first token, share of reading everything", f"turn {turn}", shares, "x")
        figures.add(part, "whole reply", f"kept, turn {turn}", [at.whole_s for at in there], "s")
        figures.add(part, "same text as with nothing kept", f"turn {turn}", [float(at.same) for at in there], "of 1")
        if baseline is not None:
            first_s, whole_s = baseline.timed(baseline.ids(there[-1].prompt), REPLY)
            figures.add(part, "first token", f"{Baseline.name}, turn {turn}", [first_s], "s")
            figures.add(part, "whole reply", f"{Baseline.name}, turn {turn}", [whole_s], "s")
    if 5 in kept and 60 in kept:
        late, early = (figures.of(part, "first token", f"kept, turn {turn}") for turn in (60, 5))
        figures.add(part, "first token, turn 60 against turn 5", "", [(late or 0) / (early or 1)], "x")


def _talk(name: str, turns: int, pause_s: float, part: str, progress: Progress) -> Iterator[tuple[int, Turn]]:
    """The turns that figures are made of, by number."""
    greedy, bar = Sampling(temperature=0, max_new_tokens=REPLY), progress.add_task(part, total=turns)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), model=name)
        plain = registry.load(settings)
        assert isinstance(plain, CachedModel)
        model = Listening(plain)
        with Runtime(settings, model=model) as runtime:  # type: ignore[arg-type]
            mei, conversation_id = runtime.assistant("mei"), None
            mei.memories.add_many([NewMemory(text) for text in EARLIER])
            mei.warm()
            for turn, said in enumerate(messages(turns), 1):
                time.sleep(pause_s)
                began, first_s = time.perf_counter(), 0.0
                for event in mei.stream(said, conversation_id=conversation_id, sampling=greedy):
                    if isinstance(event, TextDelta):
                        first_s = first_s or time.perf_counter() - began
                    if isinstance(event, Done):
                        whole_s, reply = time.perf_counter() - began, event.reply
                conversation_id, usage = reply.conversation_id, reply.usage
                if any(turn in near for near in NEAR.values()):
                    prompt = model.last
                    plain.wait()  # or the comparison would wait for what is read ahead
                    yield turn, Turn(first_s, whole_s, prompt, *_whole(plain, prompt, greedy, reply.text))
                progress.update(
                    bar, advance=1, description=f"{part}: {usage.prompt_tokens} tokens, {usage.cached_tokens} kept"
                )


def _whole(model: ChatModel, prompt: Sequence[ChatMessage], sampling: Sampling, text: str) -> tuple[float, bool]:
    """Seconds to the first token of the same prompt with nothing kept, and whether the text is the same."""
    began, first_s, pieces = time.perf_counter(), 0.0, []
    for piece in model.stream(prompt, sampling):
        first_s = first_s or time.perf_counter() - began
        pieces.append(piece)
    return first_s, "".join(pieces).strip() == text
