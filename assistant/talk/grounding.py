"""What a reply may build on: the ground that its sentences are checked against, from the plan that made its prompt."""

from assistant.plan import Plan
from assistant.talk.checks.ground import Ground
from memory.facts import vocabulary
from prompts.templates import render
from prompts.wording import dated, short_date


def ground_of(plan: Plan) -> Ground:
    material, prompt, reading = plan.material, plan.prompt, plan.reading
    language = material.language
    notes = [
        f"{short_date(hit.memory.occurred_at, language, material.zone)}: {hit.asked or ''} "
        f"{dated(hit.memory.text, hit.memory.occurred_at, material.zone)}"
        for hit in prompt.recalled
    ]
    rules = render("system", language, today="", facts=(), manner="", persona="", instructions="")
    return Ground(
        message=reading.text,
        before=prompt.messages[1:-1],
        notes=notes,
        facts=[*material.limits, *(vocabulary.word(fact, language) for fact in prompt.facts), material.persona],
        language=language,
        user=material.user,
        act=reading.act or "",
        prompt_texts=[rules, render("hint", language)],
        today=material.today,
    )
