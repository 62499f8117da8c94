"""A Word document with all its text where a converter looks for it: in the paragraphs of its body.

    text boxes         their paragraphs come after the one they are anchored in, once, not again from the fallback
    moved, inserted    stand where they were moved to; what was deleted, or moved away, is gone
    headers, footers   come first and last, each text once

Footnotes and endnotes the converter reads itself. Comments are left out: they are about the text.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_BODY = "word/document.xml"


def whole(content: bytes) -> bytes:
    """The document, its text in its body. Raises what reading a damaged zip or XML raises."""
    from defusedxml import ElementTree

    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = {info.filename: packed.read(info) for info in packed.infolist()}
    if _BODY not in parts:
        return content
    root = ElementTree.fromstring(parts[_BODY])
    _settle(root)
    body = root.find(f"{_W}body")
    if body is not None:
        _put_around(body, parts)
    parts[_BODY] = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    packed_again = io.BytesIO()
    with zipfile.ZipFile(packed_again, "w", zipfile.ZIP_STORED) as out:
        for name, part in parts.items():
            out.writestr(name, part)
    return packed_again.getvalue()


def _settle(root: "Element") -> None:
    """Choices made, changes taken as they stand, text boxes emptied into the text around them."""
    parents = {child: parent for parent in root.iter() for child in parent}
    for element in list(root.iter()):
        if element.tag == f"{_MC}AlternateContent":
            _replace(parents, element, _chosen(element))
        elif element.tag in (f"{_W}moveFrom", f"{_W}del") and element in parents:
            _replace(parents, element, [])
        elif element.tag in (f"{_W}moveTo", f"{_W}ins") and len(element):
            _replace(parents, element, list(element))
    for box in list(root.iter(f"{_W}txbxContent")):
        _empty(parents, box)


def _chosen(choice: "Element") -> "list[Element]":
    """The first alternative that has text, or else the fallback."""
    for one in choice:
        if any((text.text or "").strip() for text in one.iter(f"{_W}t")):
            return list(one)
    return list(choice[-1]) if len(choice) else []


def _replace(parents: "dict[Element, Element]", element: "Element", by: "list[Element]") -> None:
    parent = parents[element]
    at = list(parent).index(element)
    parent[at : at + 1] = by
    parents.update(dict.fromkeys(by, parent))


def _empty(parents: "dict[Element, Element]", box: "Element") -> None:
    """The paragraphs of a text box, set after the one that it is anchored in."""
    anchor: Element | None = parents.get(box)
    while anchor is not None and anchor.tag != f"{_W}p":
        anchor = parents.get(anchor)
    if anchor is None or anchor not in parents:
        return
    parent = parents[anchor]
    at = list(parent).index(anchor) + 1
    inside = list(box)
    for child in inside:
        box.remove(child)
    parent[at:at] = inside
    parents.update(dict.fromkeys(inside, parent))


def _put_around(body: "Element", parts: Mapping[str, bytes]) -> None:
    for number, text in enumerate(_once(parts, "word/header")):
        body.insert(number, _paragraph(text))
    last = len(body) - (1 if len(body) and body[-1].tag == f"{_W}sectPr" else 0)
    for number, text in enumerate(_once(parts, "word/footer")):
        body.insert(last + number, _paragraph(text))


def _once(parts: Mapping[str, bytes], prefix: str) -> Iterator[str]:
    from defusedxml import ElementTree

    told: set[str] = set()
    for name in sorted(parts):
        if name.startswith(prefix) and name.endswith(".xml"):
            root = ElementTree.fromstring(parts[name])
            _settle(root)
            for paragraph in root.iter(f"{_W}p"):
                text = "".join(one.text or "" for one in paragraph.iter(f"{_W}t")).strip()
                if text and not text.isdigit() and text not in told:
                    told.add(text)
                    yield text


def _paragraph(text: str) -> "Element":
    from xml.etree.ElementTree import Element, SubElement

    paragraph = Element(f"{_W}p")
    SubElement(SubElement(paragraph, f"{_W}r"), f"{_W}t").text = text
    return paragraph
