"""The form of a reply: how long, as a list, in whose units and hours, without emoji.

    wishes ── Shape ── Shaper: the sentences of a reply as they may be shown
                   └── rework: the last reply in another form ("shorter please", "put that into three bullets")

The model is told of the form too, in one line; what it does not keep to, code does.
"""

from assistant.talk.shaping.rework import reworked, reworks
from assistant.talk.shaping.shaper import Shaper
from assistant.talk.shaping.wishes import Shape, shape_for, wishes_in

__all__ = ["Shape", "Shaper", "reworked", "reworks", "shape_for", "wishes_in"]
