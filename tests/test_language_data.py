"""Every pattern of the language files hears its example and does not hear its counter-example.

A rule (`predicate`, `mine`, `ended`) is tried on whole messages: the claim is found with it and not without it, and its
counter-example claims the same with it and without it. Any other pattern is tried by itself, by `search`; a `secret` is
what `secrets.find` finds in its example, and its counter-example has none.
"""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest

from memory.errors import ConfigError
from memory.language import lexicon, pattern_files, secrets
from memory.language.claims import Claim
from memory.language.extraction import extract
from memory.language.grammars import BaseGrammar, grammars
from memory.language.lexicon import Lexicon
from memory.language.pattern_files import RULES, Entry

MAX_WIDTH = 130
ALL = (*lexicon.languages(), lexicon.shared())
FILES = sorted(lexicon.FOLDER.glob("*/*.toml"))
TALK = lexicon.FOLDER.parent.parent / "assistant" / "talk"
CODE = sorted(
    {*lexicon.FOLDER.rglob("*.py"), *lexicon.FOLDER.parent.joinpath("facts").glob("*.py"), *TALK.glob("*.py")}
)


def each_of(*kinds: str) -> list[pytest.param]:
    found = [(one, entry) for one in ALL for entry in one.entries if entry.kind in kinds]
    return [pytest.param(one, entry, id=f"{entry.place} {entry.name}") for one, entry in found]


def written(claims: Sequence[Claim]) -> list[str]:
    """ "key=value", with "sister." before what is another's, "-" before the negative, "!" before the ended."""
    return [
        ("!" if claim.ends else "")
        + ("-" if claim.polarity < 0 else "")
        + ("" if claim.subject == "user" else f"{claim.subject}.")
        + f"{claim.key}={claim.value}"
        for claim in claims
    ]


def grammars_without(language: Lexicon, entry: Entry) -> Sequence[BaseGrammar]:
    less = language.without(entry)
    return [type(one)(less) if one.patterns is language else one for one in grammars()]


def hears(pattern: re.Pattern[str], text: str) -> bool:
    """Whether it finds something in `text`: of a pattern that may be empty more than that."""
    match = pattern.search(text)
    return match is not None and (match[0] != "" or pattern.match("") is None)


@pytest.mark.parametrize(("language", "entry"), each_of(*RULES))
def test_a_rule_makes_its_claim_and_keeps_out_of_its_counter_example(language: Lexicon, entry: Entry) -> None:
    less = grammars_without(language, entry)
    assert entry.hears, f"{entry.place}: no example"
    assert entry.misses, f"{entry.place}: no counter-example"
    for text in entry.hears:
        assert entry.claim in written(extract(text)), f"{entry.place} does not hear: {text}"
        assert entry.claim not in written(extract(text, less)), f"{entry.place}: another rule hears {text} as well"
    for text in entry.misses:
        assert extract(text) == extract(text, less), f"{entry.place} must not hear: {text}"


@pytest.mark.parametrize(("language", "entry"), each_of("pattern", "joined"))
def test_a_pattern_finds_its_example_and_not_its_counter_example(language: Lexicon, entry: Entry) -> None:
    assert entry.hears, f"{entry.place}: no example"
    assert entry.misses, f"{entry.place}: no counter-example"
    for text in entry.hears:
        assert hears(language[entry.name], text), f"{entry.place} does not hear: {text}"
    for text in entry.misses:
        assert not hears(language[entry.name], text), f"{entry.place} must not hear: {text}"


@pytest.mark.parametrize(("language", "entry"), each_of("secret"))
def test_a_secret_is_found_as_its_kind_and_its_counter_example_has_none(language: Lexicon, entry: Entry) -> None:
    assert entry.hears, f"{entry.place}: no example"
    assert entry.misses, f"{entry.place}: no counter-example"
    for text in entry.hears:
        found = [(text[secret.start : secret.end], secret.kind) for secret in secrets.find(text)]
        assert found == [(entry.finds, entry.name)], f"{entry.place}: {text}"
        assert language.compile(entry).search(text), f"{entry.place} does not hear: {text}"
    for text in entry.misses:
        assert not secrets.find(text), f"{entry.place} must not hear: {text}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_line_is_wider_than_code_may_be(path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        width = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
        assert width <= MAX_WIDTH, f"{path.parent.name}/{path.name}:{number} is {width} wide; the most is {MAX_WIDTH}"


@pytest.mark.parametrize("language", ALL, ids=lambda one: one.name)
def test_every_fragment_and_list_is_used(language: Lexicon) -> None:
    for entry in language.entries:
        pieces = [entry.pattern, *entry.where.values()]
        text = " ".join(piece if isinstance(piece, str) else " ".join(piece) for piece in pieces)
        for name in entry.where:
            assert f"{{{name}}}" in text, f"{entry.place}: where.{name} is not used"
    files = " ".join(path.read_text(encoding="utf-8") for path in FILES)
    for name in language.fragments:
        assert f"{{{name}}}" in files, f"{language.name}: the fragment {name!r} is not used"


def test_code_and_files_name_the_same_patterns() -> None:
    common = {path for path in CODE if path.parent.name in ("language", "facts", "times", "talk")}
    for language in ALL:
        code = " ".join(
            path.read_text(encoding="utf-8") for path in CODE if path in common or path.parent.name == language.name
        )
        used = set(re.findall(r'["\'](\w+)["\']', code))
        asked = set(re.findall(r'self\.patterns\[["\'](\w+)["\']\]', code))
        assert not (unused := set(language.named) - used), f"{language.name}: no code uses {unused}"
        if language.head.predicates:
            assert not (missing := asked - set(language.named)), f"{language.name}: there is no pattern {missing}"


RULE = '[[predicate]]\nkey = "home"\npattern = "live in (?P<x>.+)"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RULE + 'patern = "x"', "xx/home.toml:1: unknown key 'patern'. A predicate has: claim, "),
        ("[fragment]\n" + RULE, "xx/home.toml: unknown key 'fragment'. A file has: ended, fragments, "),
        ('\n[[predicate]]\nkey = "home"', "xx/home.toml:2: this predicate has no 'pattern'."),
        ('[[pattern]]\npattern = "x"', "xx/home.toml:1: this pattern has no 'name'."),
        (
            RULE.replace("(?P<x>", "{x}(?P<x>"),
            "xx/home.toml:1: there is no fragment {x}. Add it to [fragments], or to `where`.",
        ),
        (RULE.replace(".+)", ".+"), "xx/home.toml:1: the pattern of 'home' is broken: missing ), "),
        (RULE + 'flags = "q"', "xx/home.toml:1: unknown flag 'q'. There is: i, s, m."),
        (RULE + "hears = [", "xx/home.toml is not TOML: "),
        (
            '[[pattern]]\nname = "a"\npattern = "a"\n' * 2,
            "xx/home.toml:4: 'a' is at xx/home.toml:1 already. Choose another",
        ),
        ('[fragments]\na = "{a}"\n' + RULE.replace("live", "{a}"), "there is no fragment {a}"),
    ],
)
def test_a_broken_file_is_refused_with_its_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    folder = tmp_path / "xx"
    folder.mkdir()
    folder.joinpath("language.toml").write_text('predicates = ["home"]', encoding="utf-8")
    folder.joinpath("words.toml").write_text('[fragments]\nadv = ""', encoding="utf-8")
    folder.joinpath("home.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(said)):
        lexicon.load("xx", tmp_path).compile_all()


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('order = ["home"]', "xx/language.toml: unknown key 'order'. A language has: flags, "),
        ('predicates = ["home", "work"]', "xx/language.toml: there is no work.toml, which `predicates` lists."),
        ("predicates = []", "xx/home.toml:1: add 'home' to `predicates` in xx/language.toml."),
    ],
)
def test_the_order_of_topics_is_told_whole(tmp_path: Path, head: str, said: str) -> None:
    folder = tmp_path / "xx"
    folder.mkdir()
    folder.joinpath("language.toml").write_text(head, encoding="utf-8")
    folder.joinpath("home.toml").write_text(RULE, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(said)):
        lexicon.load("xx", tmp_path)


def test_a_third_language_is_a_folder(tmp_path: Path) -> None:
    """A few patterns in TOML and a grammar of ten lines read a sentence of it."""
    folder = tmp_path / "nl"
    folder.mkdir()
    head = 'flags = "i"\npredicates = ["home"]\nwords = ["ik", "woon", "mijn"]'
    folder.joinpath("language.toml").write_text(head, encoding="utf-8")
    folder.joinpath("home.toml").write_text(
        '[fragments]\nadv = "(?:nu )?"\n' + RULE.replace("live in", "woon in"), encoding="utf-8"
    )

    class Dutch(BaseGrammar):
        def claims(self, sentence: str, person: str | None = None) -> Sequence[Claim]:  # noqa: ARG002
            phrase = sentence.removeprefix("Ik ").rstrip(".")
            rules = self.patterns.rules("predicate")
            return [Claim(rule.key, match["x"], sentence) for rule in rules if (match := rule.pattern.match(phrase))]

    three = [*grammars(), Dutch(lexicon.load("nl", tmp_path))]
    said = "Ik woon in Gent. I live in Lisbon. 我住在上海。"
    assert written(extract(said, three)) == ["home=Gent", "home=Lisbon", "home=上海"]


def test_the_files_are_packaged() -> None:
    pyproject = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["tool"]["setuptools"]["package-data"]["memory.language"] == ["*/*.toml"]
    assert all(path.parent.parent == lexicon.FOLDER for path in FILES)


def test_every_kind_of_entry_has_examples() -> None:
    assert all({"hears", "not"} <= keys for keys in pattern_files.KNOWN.values())
