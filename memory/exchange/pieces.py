"""A text in pieces that an embedder reads whole, each under its heading.

A heading is a line of one to six # and a blank ("#1 on the list" is none), outside a fenced block: there # is a comment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

CHUNK_CHARS = 700
"""The embedder reads 256 tokens, about 1,000 letters; the name of the document and the heading come on top."""
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(?P<title>\S.*)")
_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class _Block:
    text: str
    heading: bool = False


def chunks(text: str) -> list[str]:
    """The text in pieces of about CHUNK_CHARS, at paragraphs and sentences where that can be, each under its heading."""
    found: list[str] = []
    heading, piece, told = "", "", True  # told: whether the heading stands in a piece already

    def close() -> None:
        nonlocal piece, told
        if piece.strip():
            found.append(f"{heading}\n{piece.strip()}" if heading else piece.strip())
            told = True
        piece = ""

    for block in _blocks(text.replace("\r\n", "\n")):
        if block.heading:
            close()
            title = block.text[:120]
            heading, told = title if told else f"{heading} › {title}"[-200:], False
            continue
        for part in _parts(block.text):
            if len(piece) + len(part) > CHUNK_CHARS:
                close()
            piece += f"\n\n{part}" if piece else part
    close()
    return found if told else [*found, heading]


def _blocks(text: str) -> Iterator[_Block]:
    """Paragraphs, headings, and fenced blocks with their blank lines."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            lines.append(line)
            if mark and mark["mark"].startswith(fence) and not mark["rest"].strip():
                yield _Block("\n".join(lines))
                lines, fence = [], ""
            continue
        heading = _HEADING.match(line)
        opens = mark is not None and not (mark["mark"][0] == "`" and "`" in mark["rest"])
        if (heading or opens or not line.strip()) and lines:
            yield _Block("\n".join(lines).strip())
            lines = []
        if heading:
            yield _Block(heading["title"].rstrip().rstrip("#").rstrip() or heading["title"].strip(), heading=True)
        elif opens and mark:
            lines, fence = [line], mark["mark"]
        elif line.strip():
            lines.append(line)
    if lines:
        yield _Block("\n".join(lines).strip())


def _parts(paragraph: str) -> list[str]:
    """A paragraph cut at the ends of sentences, or if need be anywhere, into parts that fit."""
    parts: list[str] = []
    while len(paragraph) > CHUNK_CHARS:
        window = paragraph[:CHUNK_CHARS]
        cut = max(window.rfind(sign) for sign in (". ", "! ", "? ", "。", "！", "？", "，", "\n")) + 1
        cut = cut if cut > CHUNK_CHARS // 3 else window.rfind(" ") + 1
        cut = cut or CHUNK_CHARS
        parts.append(paragraph[:cut].strip())
        paragraph = paragraph[cut:]
    return [*parts, paragraph.strip()]
