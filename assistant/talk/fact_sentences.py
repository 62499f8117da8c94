"""A fact as said to the person: "You live in Porto." The profile words it for the model: "The user lives in Porto." """

from dataclasses import replace

from memory.facts import vocabulary
from memory.language.reading import Language
from memory.types import Fact

USER = "user"
"""The subject of a fact about the user."""


def sentence(fact: Fact, language: Language) -> str:
    """ "Your sister lives in Turin." """
    if fact.subject == USER or fact.key not in vocabulary.KEYS:
        return _as_told(vocabulary.word(fact, language), language)
    said = _as_told(vocabulary.word(replace(fact, subject=USER), language), language, turned=False)
    relation, _, name = fact.subject.partition(" ")
    known = vocabulary.PEOPLE_ZH.get(relation)
    if language == "zh":
        return said.replace("用户", f"你的{known}{name}" if known else fact.subject)
    whose = f"Your {fact.subject}" if known else fact.subject
    return said.replace("The user", whose).replace("the user", whose[0].lower() + whose[1:] if known else whose)


def _as_told(sentence: str, language: Language, *, turned: bool = True) -> str:
    """A fact's sentence, which is written for the model, as said to the person; "the user" stays unless `turned`."""
    if language == "zh":
        said = sentence.split("：请")[0].split("，不能接受")[0]
        said = said.replace("岁岁", "岁")  # the value may say so, too
        return said.replace("用户", "你") if turned else said
    said = sentence.split(": suggest")[0].split(" and cannot have it")[0].split(". Suggest")[0].rstrip(".") + "."
    if not turned:
        return said
    for written, spoken in (
        ("The user's ", "Your "),
        ("the user's ", "your "),
        ("How the user wants", "How you want"),
        ("The user is", "You are"),
        ("The user has", "You have"),
    ):
        said = said.replace(written, spoken)
    return _third_person(said)


def _third_person(said: str) -> str:
    """ "The user lives in Porto." -> "You live in Porto."."""
    if not said.startswith("The user "):
        return said
    verb, _, rest = said.removeprefix("The user ").partition(" ")
    plain = verb.removesuffix(":")
    base = {"does": "do", "goes": "go", "studies": "study", "was": "were"}.get(plain, plain.removesuffix("s"))
    return f"You {base}{verb[len(plain) :]} {rest}"
