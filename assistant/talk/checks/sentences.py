"""Cuts a stream of text into sentences as it comes, in English and Chinese.

A sentence is handed on with the white space after it as soon as the sign that follows its end is there: "3." may go on as
"3.5", and 。 may be followed by ”. A line end ends a sentence at once. Joined together, the sentences are the text, sign for
sign; how the text was cut into pieces moves nothing but white space between two of them.

In a block of code (``` to ```) each line is one sentence. What goes on past MAX_CHARS without an end is handed on in parts,
so that no sentence keeps a person waiting for long, and a text of n signs takes time proportional to n.
"""

import re

from assistant.talk.checks.patterns import abbreviations

MAX_CHARS = 600
FENCE = "```"
_MARKS = re.compile(r"\n|[.!?。！？]+")
_CLOSERS = re.compile(r"[”’」』）)\]*_\"']*")
_SPACE = re.compile(r"\s*")
_BLANK = re.compile(r"[^\S\n]*(?:\n[^\S\n]*(?=\n))*\n?")
_NUMBER_OF_ITEM = re.compile(r"\s*(?:[-*•>#]\s*)*(?:\d{1,3}|[a-zA-Z])")
_LAST_WORD = re.compile(r"[^\s(\[“\"]{1,12}\Z")
_HAN = "\u3000-\u303f\u3400-\u9fff\uff00-\uffef“「『"
_WIDE = re.compile(f"[{_HAN}]")
_WAIT = -1


class Sentences:
    """`feed` gives the sentences that a piece completes, `rest` what is left at the end."""

    def __init__(self) -> None:
        self._pending = ""
        self._seen = 0
        """Where in the pending text the search for an end goes on."""
        self._at_line_start = True
        self._in_code = False

    def feed(self, piece: str) -> list[str]:
        """The sentences that are complete with `piece`, in order."""
        text, start, found = self._pending + piece, 0, []
        at = self._seen
        while True:
            end, at = self._end(text, start, at)
            if end == _WAIT:
                break
            found.append(text[start:end])
            self._handed_on(text[start:end])
            start = at = end
        self._pending, self._seen = text[start:], at - start
        return found

    def rest(self) -> str:
        """The last sentence, which nothing has ended; "" if there is none. After it a new text may begin."""
        rest, self._pending, self._seen = self._pending, "", 0
        self._at_line_start, self._in_code = True, False
        return rest

    def _handed_on(self, sentence: str) -> None:
        if self._at_line_start and sentence.lstrip().startswith(FENCE):
            self._in_code = not self._in_code
        self._at_line_start = sentence.endswith("\n")

    def _end(self, text: str, start: int, at: int) -> tuple[int, int]:
        """Where the sentence that begins at `start` ends, or _WAIT; and from where to look on."""
        limit = start + MAX_CHARS
        whole_line = self._in_code or (self._at_line_start and text[start : start + 40].lstrip().startswith(FENCE))
        while match := _MARKS.search(text, at, min(limit, len(text))):
            end = (
                match.end() if whole_line and match[0] == "\n" else _WAIT if whole_line else _after(text, start, match)
            )
            if end == _WAIT and not whole_line:
                return (limit, limit) if len(text) > limit else (_WAIT, match.start())
            if end > 0:
                return end, end
            at = match.end()
        if len(text) > limit:
            return limit, limit
        return _WAIT, max(at, min(limit, len(text)))


def sentences_of(text: str) -> list[str]:
    """The sentences of a whole text."""
    splitter = Sentences()
    return [*splitter.feed(text), splitter.rest()]


def _after(text: str, start: int, match: re.Match[str]) -> int:
    """Where the white space after the end at `match` ends; 0 if it is no end, _WAIT if that is not known yet."""
    if match[0] == "\n":
        return _line_end(text, match.start())
    closed = _closed(text, start, match.end())
    if closed == len(text):
        return _WAIT
    if match[0][-1] in "。！？":
        return _line_end(text, closed)
    if not (text[closed].isspace() or _WIDE.match(text[closed])):
        return 0
    if match[0] in (".", "...", "....") and (verdict := _full_stop(text, start, match, closed)) < 1:
        return verdict
    return _line_end(text, closed)


def _line_end(text: str, at: int) -> int:
    """After the white space at `at`; the indent of the line that follows belongs to that line."""
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _closed(text: str, start: int, at: int) -> int:
    """After the quotation marks and brackets that close at `at`."""
    match = _CLOSERS.match(text, at)
    closers = match[0] if match else ""
    if closers.startswith('"') and text.count('"', start, at) % 2 == 0:
        return at  # it opens what follows
    return at + len(closers)


def _full_stop(text: str, start: int, match: re.Match[str], closed: int) -> int:
    """1 if this full stop ends a sentence, 0 if not, _WAIT if the next word will tell."""
    if closed > match.end():
        return 1
    if _NUMBER_OF_ITEM.fullmatch(text, start, match.start()):
        return 0
    word = _LAST_WORD.search(text, max(start, match.start() - 12), match.start())
    kind = "dots" if len(match[0]) > 1 else _kind(word[0]) if word else ""
    if kind in ("", "inside"):
        return 1 if not kind else 0
    after = _SPACE.match(text, closed)
    following = after.end() if after else closed
    if "\n" in text[closed:following]:
        return 1
    if following == len(text):
        return _WAIT
    if kind == "number":
        return 0 if text[following].isdigit() else 1
    return 1 if text[following].isupper() or _WIDE.match(text[following]) else 0


def _kind(word: str) -> str:
    """What a full stop after `word` is: "inside" a sentence, perhaps at its "end", before a "number", or "" for an end."""
    if len(word) == 1 and word.isupper() and word != "I":
        return "inside"
    return abbreviations().get(word.lower().lstrip("'’‘*_"), "")
