"""`is_chinese` where other programs import it from; its place is `memory.language.text`."""

from memory.language.text import is_chinese

__all__ = ["is_chinese"]
