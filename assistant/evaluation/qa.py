"""Does a reader answer from what a system finds? Each system gives the same model turns, best first; of them it reads as many
as fit into a budget of tokens, quoted as in a chat.

Where the first is of another than is asked about, Zhiji tells its doubt, and so it does of the labelled evidence. Notes of
others come without it, as in their products. Zhiji's notes are told with the question that another asked right before.
"""

import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from assistant.chat_models.base import ChatModel, Sampling
from assistant.evaluation import longmemeval, metrics
from assistant.evaluation.asking import answers, reply
from assistant.evaluation.cases import distance_days
from assistant.evaluation.dialogue import Case, Dialogue
from assistant.evaluation.results import Progress, Record, Results
from assistant.evaluation.systems import WHOLE_CONTEXT, Oracle, System, Zhiji, ask
from assistant.recall import worth_reading
from memory.language.text import is_chinese
from memory.search import question, reasons
from memory.types import Hit
from prompts.builder import Material, build
from prompts.types import Language, Prompt

LOOKED_AT = 200
"""The most turns a system is asked for, if it has no number of its own (`notes`); the budget ends them before."""
ANSWER_TOKENS = 64
UNBOUNDED = 10**9
INSTRUCTIONS: Mapping[Language, str] = {
    "en": "Answer with as few words as you can. If the notes do not tell it, say: I do not know.",
    "zh": "用尽可能少的词回答。如果摘录没有提到，就说：我不知道。",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """A model that always takes the likeliest word, so that a run can be repeated, and how many tokens of notes it is given
    (`None`: as many as its context holds)."""

    model: ChatModel
    budget: int | None

    def prompt(self, case: Case, found: Sequence[Hit]) -> tuple[Prompt, int]:
        """The question with the first of `found` that fit, and how many tokens the notes are."""
        language: Language = "zh" if is_chinese(case.question) else "en"
        bare = Material(
            message=case.question,
            language=language,
            today=case.asked_at.date(),
            user=longmemeval.USER,
            instructions=INSTRUCTIONS[language],
            zone=case.asked_at.tzinfo,
        )
        room = self.model.context_length - ANSWER_TOKENS

        def tokens(number: int) -> int:
            return build(replace(bare, recalled=found[:number]), self.model.count_tokens, UNBOUNDED).tokens

        begins = tokens(0)
        fits = room if self.budget is None else min(room, begins + self.budget)
        kept = bisect_right(range(len(found) + 1), fits, key=tokens) - 1
        prompt = build(replace(bare, recalled=found[:kept]), self.model.count_tokens, room)
        return prompt, prompt.tokens - begins

    def answer(self, case: Case, prompt: Prompt) -> str:
        sampling = Sampling(temperature=0, repetition_penalty=1, max_new_tokens=ANSWER_TOKENS, seed=0)
        return reply(self.model, case.id, prompt.messages, sampling)


def evaluate(
    results: Results,
    dialogues: Sequence[Dialogue],
    systems: Mapping[str, System],
    model: ChatModel,
    budget: int,
    progress: Progress | None = None,
) -> None:
    """Ask every question that `results` does not have, of every system, as many at once as the model can serve."""
    due = sum(f"{name}/{case.id}" not in results.done for name in systems for told in dialogues for case in told.cases)
    done = 0
    for dialogue in dialogues:
        for name, system in systems.items():
            cases = [case for case in dialogue.cases if f"{name}/{case.id}" not in results.done]
            if not cases:
                continue
            system.tell(dialogue)
            reader = Reader(model, None if name in WHOLE_CONTEXT else budget)
            ask = partial(_asked, reader, system, name, dialogue)
            # the first alone: it reads what is the same for all, of the whole history nearly everything
            with closing(answers(model, ask, cases[1:])) as others:
                for record in chain(map(ask, cases[:1]), others):
                    results.add(record)
                    done += 1
                    if progress:
                        progress(done, due)


def _asked(reader: Reader, system: System, name: str, dialogue: Dialogue, case: Case) -> Record:
    began = time.perf_counter()
    most = len(dialogue.turns) if name in WHOLE_CONTEXT else getattr(system, "notes", LOOKED_AT)
    floor = getattr(system, "floor", None)
    found = ask(system, case, most)
    if isinstance(system, Zhiji):
        found = worth_reading(found, most, system.floor)
    elif floor is not None:
        found = [hit for hit in found if hit.score >= floor]
    found_at = time.perf_counter()
    speakers = sorted({turn.speaker for turn in dialogue.turns if turn.speaker})
    asked = question.read(case.question, case.asked_at, speakers)
    if isinstance(system, Zhiji | Oracle):
        found = [replace(hit, not_by=reasons.not_by(asked, hit.memory)) for hit in found]
    prompt, notes_tokens = reader.prompt(case, found)
    said = reader.answer(case, prompt)
    read = [str(hit.memory.ref) for hit in prompt.recalled]
    return {
        "id": f"{name}/{case.id}",
        "system": name,
        "dialogue": dialogue.name,
        "category": case.category,
        "question": case.question,
        "wanted": case.answer,
        "said": said,
        **scores(case, said),
        "evidence_read": metrics.recall_at(len(read), read, case.evidence) if case.evidence else None,
        "distance_days": distance_days(dialogue, case),
        "memories": len(dialogue.turns),
        "notes": len(read),
        "notes_tokens": notes_tokens,
        "prompt_tokens": prompt.tokens,
        "find_ms": round(1000 * (found_at - began), 1),
        "seconds": round(time.perf_counter() - began, 2),
    }


def scores(case: Case, said: str) -> dict[str, float | None]:
    """F1, exact match and whether it abstained. Of a question that nothing answers, abstaining is all that counts."""
    abstained = metrics.abstains(said)
    if case.answer is None:
        return {"f1": None, "exact": None, "unanswerable_abstained": float(abstained), "answerable_abstained": None}
    overlap = metrics.f1_of_parts(said, case.answers) if case.answers else metrics.f1(said, case.answer)
    return {
        "f1": None if case.rubric else round(overlap, 4),
        "exact": None if case.rubric else float(metrics.exact(said, case.answer)),
        "unanswerable_abstained": None,
        "answerable_abstained": float(abstained),
    }
