"""What is known of the user: facts by group with their source, interests, style, and what a prompt would tell of them."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from memory.facts import portrait
from memory.types import Fact
from ui.views import Here, View

router = APIRouter(prefix="/zhiji")
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "about",
        (
            "name",
            "age",
            "birthday",
            "gender",
            "home",
            "origin",
            "nationality",
            "languages",
            "religion",
            "personality",
            "contact",
            "money",
        ),
    ),
    ("people", ("relationship", "people", "pets")),
    ("work", ("job", "employer", "school", "studies", "skills", "new_to")),
    ("health", ("health", "allergies", "diet")),
    ("tastes", ("likes", "dislikes", "interests", "possessions")),
    ("plans", ("goals", "plans", "schedule", "event")),
    ("answers", ("style",)),
)


@router.get("/shell/profile")
def shell(view: Here) -> HTMLResponse:
    keys = [key for _, keys in GROUPS for key in keys]
    return view.page("profile_shell.html", keys=keys)


@router.get("/profile")
def profile(view: Here) -> HTMLResponse:
    known = view.assistant.profile
    facts = known.facts()
    return view.page(
        "profile.html",
        groups=[(name, found) for name, found in _grouped(facts) if found],
        past=known.past(),
        explain={fact.id: known.explain(fact.id) for fact in facts},
        conversations=_conversations(view, facts),
        interests=known.interests()[:10],
        style=known.style(),
        casual=-portrait.TONE,
        formal=portrait.TONE,
    )


@router.get("/profile/told")
def preview(view: Here) -> HTMLResponse:
    """What a prompt would tell of the user now."""
    language = view.language
    known = view.assistant.profile
    text = known.render(view.app.runtime.settings.profile_tokens, language=language)
    manner = portrait.manner(known.style(messages=50), language)
    wishes = [view.preferences.persona, view.preferences.instructions]
    return view.page("told.html", lines=[line for line in [*text.splitlines(), manner, *wishes] if line])


@router.post("/profile")
def add(
    view: Here,
    key: Annotated[str, Form()] = "",
    value: Annotated[str, Form()] = "",
    about: Annotated[str, Form()] = "",
) -> HTMLResponse:
    view.assistant.profile.add(key, value, subject=about.strip().lower() or "user")
    return _changed()


@router.get("/fact/{id}/edit")
def edit_form(view: Here, id: str) -> HTMLResponse:
    return view.page("fact_form.html", fact=_fact(view, id))


@router.post("/fact/{id}/edit")
def edit(view: Here, id: str, value: Annotated[str, Form()] = "") -> HTMLResponse:
    view.assistant.profile.edit(id, value)
    return _changed()


@router.post("/fact/{id}/confirm")
def confirm(view: Here, id: str) -> HTMLResponse:
    view.assistant.profile.confirm(id)
    return _changed()


@router.post("/fact/{id}/reject")
def reject(view: Here, id: str) -> HTMLResponse:
    view.assistant.profile.reject(id)
    return _changed()


@router.post("/fact/{id}/forget")
def forget(view: Here, id: str) -> HTMLResponse:
    view.assistant.profile.forget(id)
    return _changed()


def _changed() -> HTMLResponse:
    return HTMLResponse("", headers={"HX-Trigger": '{"profile-changed": true}'})


def _fact(view: View, id: str) -> Fact:
    return view.assistant.profile.fact(id)


def _grouped(facts: Sequence[Fact]) -> list[tuple[str, list[Fact]]]:
    """Of the user by group of keys, then of the people in their life; keys of one's own come last."""
    mine = [fact for fact in facts if fact.subject == "user"]
    found = [(name, [fact for key in keys for fact in mine if fact.key == key]) for name, keys in GROUPS]
    grouped = {key for _, keys in GROUPS for key in keys}
    found.append(("other", [fact for fact in mine if fact.key not in grouped]))
    found.append(("others", sorted((fact for fact in facts if fact.subject != "user"), key=lambda fact: fact.subject)))
    return found


def _conversations(view: View, facts: Sequence[Fact]) -> Mapping[str, str]:
    """Which conversation each fact's message is in."""
    return view.assistant.conversations.holding([fact.message_id for fact in facts if fact.message_id])
