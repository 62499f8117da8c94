"""The values of Chinese claims: what is cut from a clause, and what stands for nothing by itself."""

from collections.abc import Iterator

from memory.language.claims import Claim, Predicate
from memory.language.grammars import quote_of
from memory.language.lexicon import Lexicon

MAX_CHARS = 40
_BLANKS = ' "“”「」'


class Values:
    def __init__(self, patterns: Lexicon) -> None:
        self.patterns = patterns

    def of(self, sentence: str, at: int, predicate: Predicate, written: str, subject: str) -> Iterator[Claim]:
        """The claims of what a predicate heard: of a list one each."""
        value = self.clean(written)
        splits = predicate.split and "的" not in value
        for part in [one for one in self.patterns["separator"].split(value) if one] if splits else [value]:
            value = self.clean(part)
            key = (
                "interests" if predicate.key == "likes" and self.patterns["doing_word"].match(value) else predicate.key
            )
            if not self.is_empty(value) and len(value) <= MAX_CHARS and "\0" not in value:
                quote = quote_of(sentence, at, value)
                yield Claim(key, value, quote, subject, predicate.polarity, predicate.strength)

    def clean(self, value: str) -> str:
        cut = self.patterns["cut"].sub("", value).strip(_BLANKS + "《》")
        return self.patterns["ending"].sub("", cut).strip(_BLANKS)

    def is_empty(self, value: str) -> bool:
        return not value or bool(self.patterns["empty"].fullmatch(value))

    def ended(self, sentence: str, at: int, rule: Predicate, rest: str, subject: str) -> Iterator[Claim]:
        """ "不吃肉了": meat is no longer eaten, and not liked."""
        value = self.patterns["doing"].sub("", self.clean(self.patterns["verb"].sub("", rest)))
        if self.is_empty(value) or (self.patterns["no_end"].match(rest) and len(rest) < 3):
            return
        quote = quote_of(sentence, at, value)
        yield Claim("ended", value, quote, subject=subject, ends=True)
        if rule.eaten and self.patterns["eaten"].match(rest):
            yield Claim("dislikes", value, quote, subject=subject, polarity=-1, strength=0.8)
