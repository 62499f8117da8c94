"""The times that a question names, as spans: "last summer", "two weeks before Christmas", "上个月", "下周五"."""

from memory.language.times.here import here
from memory.language.times.spans import Span, resolve

__all__ = ["Span", "here", "resolve"]
