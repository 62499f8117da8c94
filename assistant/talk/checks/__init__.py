"""A small model's reply is checked sentence by sentence before a person sees it.

stream ── Sentences ── fault_of(sentence, ground, earlier) ── Gate: Passed | Held ── caller: show, retry, leave out
"""

from assistant.talk.checks.faults import fault_of, repair_hint
from assistant.talk.checks.gate import Gate, Held, Judged, Passed
from assistant.talk.checks.ground import Fault, Ground, Kind
from assistant.talk.checks.sentences import Sentences

__all__ = ["Fault", "Gate", "Ground", "Held", "Judged", "Kind", "Passed", "Sentences", "fault_of", "repair_hint"]
