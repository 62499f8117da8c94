"""Which part of a long conversation a prompt shows: whole exchanges, and the same beginning from turn to turn."""

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from memory.facts.portrait import estimate_tokens
from prompts.history import shown
from prompts.types import ChatMessage

talks = st.lists(st.text("abc 中", max_size=400), max_size=60).map(
    lambda texts: [ChatMessage("assistant" if n % 2 else "user", text) for n, text in enumerate(texts)]
)


def count(messages: Sequence[ChatMessage]) -> int:
    return 5 + sum(estimate_tokens(message.content) + 8 for message in messages)


@given(talks, st.integers(10, 800))
def test_what_is_shown_fits_begins_with_the_user_and_does_not_go_back(history: list[ChatMessage], room: int) -> None:
    before = 0
    for end in range(len(history) + 1):
        begin = shown(history[:end], room, count)
        assert before <= begin <= end
        last = [number for number in range(end) if history[number].role == "user"][-1:]
        assert count(history[begin:end]) - 5 <= room or [begin] == last
        assert begin < end or not end
        assert begin == end or history[begin].role == "user"
        before = begin


def test_the_oldest_is_left_out_in_steps_of_half_the_room() -> None:
    talk = [ChatMessage("assistant" if n % 2 else "user", "word " * 40) for n in range(200)]  # 58 tokens each
    begins = [shown(talk[:end], 2_000, count) for end in range(2, 200, 2)]
    changes = [end for end, (one, other) in enumerate(itertools.pairwise(begins)) if one != other]
    assert 8 <= len(changes) <= 12  # every nine or ten exchanges
    for end in changes:
        talked = talk[: 2 * (end + 1)]
        assert (
            shown(talked, 2_000, count, ahead=True) == begins[end + 1]
        )  # where it begins after the step is known before
