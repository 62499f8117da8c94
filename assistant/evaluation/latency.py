"""How long people wait: the whole product, asked in conversations of their own, with a conversation of the data remembered."""

from collections import deque
from collections.abc import Sequence

from assistant.evaluation.dialogue import Dialogue
from assistant.evaluation.results import Progress, Results
from assistant.runtime import Runtime
from assistant.traces import Trace


def evaluate(
    results: Results, runtime: Runtime, dialogues: Sequence[Dialogue], progress: Progress | None = None
) -> None:
    """Ask every question that `results` does not have, one after the other, each as the first message of a conversation."""
    due = sum(f"zhiji/{case.id}" not in results.done for told in dialogues for case in told.cases)
    done, traces = 0, deque[Trace](maxlen=1)
    runtime.traces.on_trace = traces.append
    for number, dialogue in enumerate(dialogues):
        cases = [case for case in dialogue.cases if f"zhiji/{case.id}" not in results.done]
        if not cases:
            continue
        mei = runtime.assistant(f"person-{number}")
        mei.memories.add_many(dialogue.turns)
        runtime.store.flush()
        mei.chat("Hello", remember=False)  # what is loaded at the first message
        for case in cases:
            reply = mei.chat(case.question, remember=False)
            stages = {f"{stage}_ms": round(1000 * s, 1) for stage, s in traces[-1].stages.items()}
            results.add(
                {
                    "id": f"zhiji/{case.id}",
                    "system": "zhiji",
                    "question": case.question,
                    "category": case.category,
                    "memories": len(dialogue.turns),
                    **stages,
                    "first_token_ms": round(1000 * reply.usage.first_token_s, 1),
                    "reply_ms": round(1000 * reply.usage.total_s, 1),
                    "prompt_tokens": reply.usage.prompt_tokens,
                    "cached_tokens": reply.usage.cached_tokens,
                    "tokens_per_s": _rate(traces[-1]),
                }
            )
            done += 1
            if progress:
                progress(done, due)


def _rate(trace: Trace) -> float | None:
    """Of the tokens after the first."""
    took = trace.stages.get("write", 0.0)
    return round((trace.reply_tokens - 1) / took, 1) if trace.reply_tokens > 1 and took else None
