"""Several people ask at once, each in a conversation of their own."""

import tempfile
import threading
import time
from pathlib import Path

from rich.progress import Progress

from assistant import Done, Runtime, Sampling, Settings, TextDelta
from bench.baseline import Baseline
from bench.figures import Figures
from bench.talk import messages
from prompts.types import ChatMessage

RUNS = 3
REPLY = 48


def measure(figures: Figures, name: str, baseline: Baseline | None, progress: Progress) -> None:
    part = f"people at once, {name}"
    said = messages(4 + RUNS)
    with tempfile.TemporaryDirectory() as folder, Runtime(Settings(data_dir=Path(folder), model=name)) as runtime:
        sampling = Sampling(temperature=0, max_new_tokens=REPLY)
        people = [runtime.assistant(f"person{number}") for number in range(16)]
        chats = {}
        bar = progress.add_task(part, total=len(people) + 3 * RUNS)
        for person in people:
            chats[person.user] = person.chat(said[0], sampling=sampling).conversation_id
            progress.advance(bar)
        for count in (1, 4, 16):
            slowest, fastest, ratio, whole, rate = [], [], [], [], []
            for run in range(RUNS):
                runtime.model.wait(120)  # type: ignore[attr-defined]
                began = time.perf_counter()
                firsts: list[float] = []
                tokens: list[int] = []

                def ask(number: int, text: str, began: float, firsts: list[float], tokens: list[int]) -> None:
                    person, first = people[number], 0.0
                    for event in person.stream(text, conversation_id=chats[person.user], sampling=sampling):
                        if isinstance(event, TextDelta) and not first:
                            first = time.perf_counter() - began
                        if isinstance(event, Done):
                            tokens.append(event.reply.usage.reply_tokens)
                    firsts.append(first)

                threads = [
                    threading.Thread(target=ask, args=(number, said[1 + run], began, firsts, tokens))
                    for number in range(count)
                ]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                took = time.perf_counter() - began
                slowest.append(max(firsts))
                fastest.append(min(firsts))
                ratio.append(max(firsts) / min(firsts))
                whole.append(took)
                rate.append(sum(tokens) / took)
                progress.advance(bar)
            case = f"{count} at once"
            figures.add(part, "first token of the fastest", case, fastest, "s")
            figures.add(part, "first token of the slowest", case, slowest, "s")
            figures.add(part, "slowest against fastest", case, ratio, "x")
            figures.add(part, "all replies", case, whole, "s")
            figures.add(part, "tokens of all replies", case, rate, "tokens/s")
    if baseline is not None:  # one after the other, which is what several `generate` calls on two cores come to
        ids = baseline.ids([ChatMessage("system", "You are Zhiji. " * 60), ChatMessage("user", said[1])])
        first, all_s = baseline.timed(ids, REPLY)
        figures.add(part, "first token of the slowest", f"4 at once, {Baseline.name}", [3 * all_s + first], "s")
        figures.add(part, "all replies", f"4 at once, {Baseline.name}", [4 * all_s], "s")
