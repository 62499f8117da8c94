"""Claims in a Chinese sentence.

A sentence is cut at its commas. A clause is read if it begins with 我 (or 我妈妈 and the like), or goes on from one that
did. What is only supposed, wished, remembered from long ago, asked, or said by others is not read.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from memory.language.claims import USER, Claim, Predicate
from memory.language.grammars import BaseGrammar
from memory.language.lexicon import Lexicon
from memory.language.zh.values import Values

_CLAUSE = re.compile(r"[^，,；;]+")
_CLAUSE_WITH_COMMA = re.compile(r"[^，,；;]+[，,；;]?")
_QUESTION_MARK = re.compile(r"[?？]")
_SENTENCE_MARKS = " 。！!~～.…"
_WITH_MORE = ("age", "gender", "relationship", "people", "origin", "home", "school", "employer", "birthday")
"""What is often said of oneself in one breath with something else: 在上海开出租."""


@dataclass(slots=True)
class _Thread:
    """What a clause goes on from: whom the last was about ("" for nobody), the taste that a list may go on with, and
    whether the sentence began about oneself without saying so (`alone`); `others` tells that it names other people, `pet` that
    the last clause told of a pet."""

    others: bool
    subject: str = ""
    taste: Claim | None = None
    alone: bool = False
    pet: bool = False

    def about(self, subject: str) -> None:
        self.subject, self.taste = subject, None


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause as it is written, the rest of it after 其实 and the like, and where that begins in the sentence."""

    sentence: str
    written: str
    rest: str
    at: int
    first: bool


class Grammar(BaseGrammar):
    def __init__(self, patterns: Lexicon) -> None:
        super().__init__(patterns)
        self.values = Values(patterns)
        self._ways: Sequence[Callable[[_Clause, _Thread], Sequence[Claim] | None]] = (
            self._name_to_be_called, self._told_by_others, self._of_mine, self._to_you, self._topic, self._of_me,
            self._of_others, self._example, self._listed, self._request, self._without_subject, self._first_of_me,
            self._going_on,
        )  # fmt: skip

    def claims(self, sentence: str, person: str | None = None) -> Sequence[Claim]:  # noqa: ARG002
        sentence = self.patterns["blank"].sub("，", sentence)
        stated = self.stated(sentence)
        label = self.patterns["label"].match(stated)
        if label and not self.patterns["lead"].fullmatch(label[0]):  # a heading: what follows is somebody's text
            return []
        return self.said_once([*self._corrections(stated), *self._clauses(stated), *self.style(sentence)])

    def unwanted(self, thing: str) -> str:
        return f"不要{thing}"

    def stated(self, sentence: str) -> str:
        """What comes before the clause that asks or supposes: 我喜欢拍照，有什么好地方吗？"""
        clauses = _CLAUSE_WITH_COMMA.findall(sentence)
        if _QUESTION_MARK.search(sentence):
            clauses = clauses[:-1]
        kept: list[str] = []
        for clause in clauses:
            if self.patterns["asked"].search(clause.rstrip("，,；;")) or self.patterns["supposed"].search(clause):
                break
            kept.append("，" if self.patterns["past"].search(clause) else clause)
        return "".join(kept)

    def _clauses(self, sentence: str) -> Iterator[Claim]:
        """Clause by clause; one that names nobody goes on about the last."""
        thread = _Thread(bool(self.patterns["others"].search(sentence)))
        for match in _CLAUSE.finditer(sentence):
            lead = self.patterns["lead"].match(match.group())
            rest = match.group()[lead.end() if lead else 0 :].rstrip(_SENTENCE_MARKS)
            rest = self.patterns["i_think"].sub("我", rest)
            at = sentence.find(rest, match.start()) if rest else match.start()
            clause = _Clause(sentence, match.group(), rest, at, match.start() == 0)
            for way in self._ways:
                if (said := way(clause, thread)) is not None:
                    yield from said
                    break

    # Each of these reads one kind of clause, and is None for any other.

    def _name_to_be_called(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        call_me = self.patterns["call_me"]
        called = call_me.match(clause.written.strip("，, 。！!嗯")) or call_me.match(clause.rest)
        if not called:
            return None
        thread.about(USER)
        return [Claim("name", called["x"], called.group())]

    def _told_by_others(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        if not self.patterns["told_by"].search(clause.written):
            return None
        thread.about("")
        return ()

    def _of_mine(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        mine = self.patterns["my"].match(clause.rest)
        if not mine or self.patterns["no_person"].match(clause.rest):
            return None
        thread.about(self.canonical(mine["relation"]))
        said: list[Claim] = []
        if mine["name"]:
            value = f"{thread.subject} {mine['name'].removeprefix('叫')}"
            said.append(Claim("people", value, clause.rest[: mine.end("name")]))
        return said + self._parts(clause, mine["rest"], thread.subject)

    def _to_you(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        if not self.patterns["i_tell"].match(clause.rest):
            return None
        thread.about("")
        return ()

    def _topic(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        if not (topic := self.patterns["topic"].match(clause.rest)):
            return None
        thread.about(USER)
        return [Claim("dislikes", topic["x"], topic.group(), polarity=-1, strength=0.8)]

    def _of_me(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        if not (me := self.patterns["me"].match(clause.rest)):
            return None
        said = self._parts(clause, clause.rest[me.end() :], USER)
        thread.subject, thread.taste = USER, _taste(said)
        thread.pet = any(claim.key == "pets" for claim in said)
        return said

    def _of_others(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        if not self.patterns["other"].match(clause.rest):
            return None
        thread.about("")
        return ()

    def _example(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        """ "我喜欢音乐，尤其是爵士"."""
        if not thread.subject or not thread.taste or not (more := self.patterns["for_example"].match(clause.rest)):
            return None
        return self._more(clause, thread.taste, more["x"], thread.subject)

    def _listed(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        """A clause that goes on with a list: 唱歌跳舞，健身，旅游."""
        item = 1 < len(clause.rest) <= 8 and not self.patterns["no_item"].search(clause.rest)
        if not thread.subject or not thread.taste or not item:
            return None
        return self._more(clause, thread.taste, clause.rest, thread.subject)

    def _request(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        return () if not thread.subject and self.patterns["request"].match(clause.rest) else None

    def _without_subject(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        if thread.subject or thread.others or not (clause.first or thread.alone):
            return None
        said = list(self._phrase(clause, clause.rest, USER, alone=True))
        thread.about(USER if said else "")
        thread.taste, thread.alone = _taste(said), thread.alone or bool(said)
        return said

    def _first_of_me(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        if thread.subject or not clause.first or not self.patterns["of_me"].match(clause.rest):
            return None
        said = list(self._phrase(clause, clause.rest, USER))
        thread.subject, thread.taste = USER, _taste(said)
        return said

    def _going_on(self, clause: _Clause, thread: _Thread) -> Sequence[Claim] | None:
        strong = thread.subject == USER and self.patterns["strong"].match(clause.rest)
        if not thread.subject or not (self.patterns["goes_on"].match(clause.rest) or strong):
            return None
        if thread.pet and self.patterns["bears_not"].match(clause.rest):
            return ()
        said = list(self._phrase(clause, clause.rest, thread.subject, alone=thread.alone))
        thread.taste = _taste(said) or thread.taste
        return said

    def _parts(self, clause: _Clause, phrase: str, subject: str) -> list[Claim]:
        """What a phrase says and what is joined to it by 也, 又, 还."""
        parts = self.patterns["and"].split(phrase)
        return [claim for part in parts for claim in self._phrase(clause, part, subject)]

    def _more(self, clause: _Clause, taste: Claim, written: str, subject: str) -> Sequence[Claim]:
        predicate = Predicate(taste.key, self.patterns["me"], taste.polarity, taste.strength)
        return list(self.values.of(clause.sentence, clause.at, predicate, written, subject))

    def _phrase(self, clause: _Clause, phrase: str, subject: str, *, alone: bool = False) -> Iterator[Claim]:
        """What a verb phrase says of a subject; `alone`: it has to say no more than that."""
        phrase = phrase.lstrip("，, ")
        sentence, at = clause.sentence, clause.at
        for rule in self.patterns.rules("ended"):
            if match := rule.pattern.match(phrase):
                yield from self.values.ended(sentence, at, rule, match["rest"], subject)
                return
        if habit := self.patterns["habit"].match(phrase):
            predicate = Predicate("interests", self.patterns["habit"])
            yield from self.values.of(sentence, at, predicate, habit["x"], subject)
            return
        told: set[str] = set()
        for predicate in self.patterns.rules("predicate"):
            if predicate.key not in told and (match := predicate.pattern.match(phrase)):
                if alone and not self._stands_alone(match):
                    continue
                groups = match.groupdict()
                value = groups.get("x") or groups.get("y") or phrase
                found = list(self.values.of(sentence, at, predicate, value, subject))
                yield from found
                if found and predicate.key not in _WITH_MORE:
                    return
                told |= {claim.key for claim in found}

    def _stands_alone(self, match: re.Match[str]) -> bool:
        """Whether a clause without a subject says no more, and nothing of people at large: 在北京工作的人很多."""
        nothing_left = self.patterns["left"].fullmatch(match.string, match.end())
        return bool(nothing_left) and not self.patterns["general"].search(match.group())

    def _corrections(self, sentence: str) -> Iterator[Claim]:
        """ "不是上海，是苏州"; and "搬家的是我妹妹，不是我", which takes a fact from the user."""
        if match := self.patterns["not_me"].search(sentence):
            relation = match["relation"] or match["relation2"] or match["relation3"]
            quote = match["quote"] or match["quote2"] or match["quote3"]
            yield Claim("corrected", "", quote, subject=self.canonical(relation), instead_of="")
            return
        for name in ("not_but", "but_not", "said_wrong"):
            match = self.patterns[name].search(sentence)
            before = self.patterns["lead"].sub("", sentence[: match.start()]) if match else ""
            if match and self.patterns["before"].fullmatch(before):
                old, new = self.values.clean(match["old"]), self.values.clean(match["new"])
                if old and new and old != new:
                    yield Claim("corrected", new, match[0], instead_of=old)
                return


def _taste(said: Sequence[Claim]) -> Claim | None:
    """The taste that a clause ended with, which a list may go on with."""
    return said[-1] if said and said[-1].key in ("likes", "dislikes", "interests") else None
