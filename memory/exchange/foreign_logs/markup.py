"""The text of a reply that is kept as a page: its paragraphs, lists and code, without the looks."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset("p div ul ol table tr h1 h2 h3 h4 h5 h6 blockquote section hr".split())
_BLANKS = re.compile(r"[ \t\r\n\f]+")


def text_of_html(html: str) -> str:
    page = _Page()
    page.feed(html)
    page.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(page.pieces)).strip().replace("\xa0", " ")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._code = self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _BLOCKS:
            self.pieces.append("\n\n")
        elif tag == "li":
            self.pieces.append("\n- ")
        elif tag == "br":
            self.pieces.append("\n")
        elif tag in ("td", "th"):
            self.pieces.append(" ")
        elif tag == "pre":
            self._code += 1
            self.pieces.append("\n\n```\n")
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n\n")
        elif tag == "pre" and self._code:
            self._code -= 1
            self.pieces.append("\n```\n\n")
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data if self._code else _BLANKS.sub(" ", data))
