"""What a model writes that is no speech: what it thinks to itself, calls of tools, the marks between turns.

A block of it begins a line, or follows another block: further on in a line, and in code, such a mark is a word about it. A block
that is never closed is one only where the whole text begins with it.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

THOUGHT, CALL, RESULT = "thinking", "tool call", "tool result"


@dataclass(frozen=True, slots=True)
class _Block:
    """How an aside opens, and how it closes; `begins` is what every opening begins with."""

    kind: str
    begins: tuple[str, ...]
    opens: re.Pattern[str]
    closes: str


def _tagged(kind: str, *names: str) -> tuple[_Block, ...]:
    return tuple(
        _Block(kind, (f"<{name}",), re.compile(rf"<{name}>", re.I), rf"</{re.escape(name)}>") for name in names
    )


_HEAD = r"(?:<\|start\|>assistant)?<\|channel\|>"
_BLOCKS = (
    *_tagged(THOUGHT, "think", "thinking", "thought", "reasoning", "seed:think"),
    *_tagged(CALL, "tool_call", "function_calls"),
    *_tagged(RESULT, "tool_response", "function_results"),
    _Block(THOUGHT, ("[THINK]",), re.compile(r"\[THINK\]"), r"\[/THINK\]"),
    _Block(THOUGHT, ("◁think▷",), re.compile("◁think▷"), "◁/think▷"),
    _Block(THOUGHT, ("<details ",), re.compile(r'<details type="reasoning"[^>]{0,2000}>'), "</details>"),
    _Block(CALL, ("<details ",), re.compile(r'<details type="(?:tool_calls|code_interpreter)"[^>]{0,9000}>'), "</details>"),
    _Block(THOUGHT, ("<|channel|>", "<|start|>"), re.compile(rf"{_HEAD}analysis[^<]{{0,99}}<\|message\|>"), r"<\|end\|>"),
    _Block(CALL, ("<|channel|>", "<|start|>"), re.compile(rf"{_HEAD}commentary[^<]{{0,99}}(?:<\|constrain\|>\w*)?<\|message\|>"),
           r"<\|(?:call|end)\|>"),
)  # fmt: skip
_MARK = re.compile(rf"(?:{_HEAD}final)[^<]{{0,99}}<\|message\|>|<\|im_start\|>assistant\n?")
"""What only says that speech follows."""
_ENDS = re.compile(r"(?:\s*(?:<\|(?:im_end|end|return|eot_id|endoftext|end_of_text)\|>|</s>))+\s*$")
_CLOSED_ONLY = re.compile(r"\A(?:(?!<think>|`).)*?^[ \t]*</think>[ \t]*$", re.S | re.M)
"""Where the prompt opened the block, a reply only closes it."""
_BEGINNINGS = (*(begin.lower() for block in _BLOCKS for begin in block.begins), "<|im_start|>")
_MOST_OPENING = 9_100
"""Characters of the longest opening."""
_FENCE = re.compile(r"[ \t]{0,3}(?:```|~~~)")


@dataclass(slots=True)
class Speech:
    """A reply without its asides, as it comes: `feed` each piece, then `end`; both return what is said. `asides` counts what was
    none, by its kind."""

    asides: Counter[str] = field(default_factory=Counter)
    spoke: bool = False
    """Whether anything but white space was said."""
    _held: str = ""
    _fresh: bool = True
    """Whether what is held begins a line."""
    _in: _Block | None = None
    _opening: int = 0
    """How long the opening of the block is."""
    _code: bool = False

    def feed(self, piece: str) -> str:
        self._held += piece
        return self._said(last=False)

    def end(self) -> str:
        said = self._said(last=True)
        if self._in is not None and self.spoke:  # never closed: a word about it
            said += self._held
        elif self._in is not None:
            self.asides[self._in.kind] += 1
        self._held, self._in = "", None
        return said

    def _said(self, *, last: bool) -> str:
        said: list[str] = []
        while self._held:
            if self._in is not None:
                if not self._closed():
                    break
            elif not (self._fresh and self._opened()):
                if self._fresh and not last and self._may_open():
                    break
                said.append(self._line())
        text = "".join(said)
        text = text.lstrip() if self.asides and not self.spoke else text
        self.spoke = self.spoke or bool(text.strip())
        return text

    def _line(self) -> str:
        """The line that is held, as far as it has come."""
        end = self._held.find("\n") + 1 or len(self._held)
        line, self._held = self._held[:end], self._held[end:]
        if self._fresh and _FENCE.match(line):
            self._code = not self._code
        self._fresh = line.endswith("\n")
        return line

    def _may_open(self) -> bool:
        """Whether the line that is held may yet turn out to open a block, or to be a fence."""
        begun = self._held.lstrip().lower()
        if any(begin.startswith(begun) for begin in ("```", "~~~", *_BEGINNINGS)):
            return True
        return not self._code and "\n" not in begun and len(begun) < _MOST_OPENING and begun.startswith(_BEGINNINGS)

    def _opened(self) -> bool:
        begun = self._held.lstrip()
        if self._code:
            return False
        if mark := _MARK.match(begun):
            self._held = begun[mark.end() :]
            return True
        for block in _BLOCKS:
            if opens := block.opens.match(begun):
                self._held, self._in, self._opening = begun, block, opens.end()
                return True
        return False

    def _closed(self) -> bool:
        assert self._in is not None
        closes = re.compile(self._in.closes, re.I).search(self._held, self._opening)
        if closes is None:
            return False
        self.asides[self._in.kind] += 1
        self._held, self._in, self._fresh = self._held[closes.end() :].lstrip(), None, True
        return True


def spoken(text: str) -> tuple[str, Counter[str]]:
    """What is said in a whole reply, and what else was in it, counted."""
    asides: Counter[str] = Counter()
    if "</think>" in text and (thought := _CLOSED_ONLY.match(text)):
        text, asides = text[thought.end() :].lstrip(), Counter({THOUGHT: 1})
    speech = Speech(asides)
    said = speech.feed(text) + speech.end()
    if "<" in said:
        said = _ENDS.sub("", said)
    return (said.strip() if said != text or asides else text), asides
