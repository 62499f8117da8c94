"""Records one at a time are what the whole file holds, whatever the pieces it is read in."""

import io
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.errors import BadInput
from memory.exchange.json_stream import MAX_DEPTH, MAX_VALUES, TooMuch, records

CHUNK = 64 * 1024  # ijson's

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def read(text: str | bytes) -> list[object]:
    return list(records(io.BytesIO(text.encode() if isinstance(text, str) else text)))


@pytest.mark.parametrize("examples", [50, pytest.param(200, marks=pytest.mark.nightly)])
def test_a_list_is_read_as_json_reads_it(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(st.lists(values, max_size=6), st.booleans(), st.sampled_from([None, 1]))
    def holds(held: list[object], escaped: bool, indent: int | None) -> None:
        text = json.dumps(held, ensure_ascii=escaped, indent=indent)
        assert read(text) == json.loads(text)

    holds()


@pytest.mark.parametrize("before", range(CHUNK - 16, CHUNK + 2))
@pytest.mark.parametrize("written", [r"\ud83d\ude00", r"\ud83d", r"\ude00", r"\ud83d\ud83d\ude00", r"\\", r"\""])
def test_what_is_escaped_at_the_edge_of_a_piece_is_read_whole(before: int, written: str) -> None:
    text = '["' + "x" * before + written + 'y"]'
    whole = json.loads(text)[0].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    (found,) = read(text)
    assert str(found)[before:] in (whole[before:], "\ufffd" * (len(whole) - before - 1) + "y")


def test_one_object_is_one_record_and_numbers_are_numbers() -> None:
    assert read('{"a": [1, 2.5, 1e400]}') == [{"a": [1, 2.5, math.inf]}]
    assert read("[]") == []


@pytest.mark.parametrize("text", ["", "[", "[1", '{"a": 1} x', "[NaN]", '["', "nothing", "[1,]", b"[\xff]"])
def test_what_is_no_whole_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(BadInput):
        read(text)


def test_too_much_is_refused_where_it_is_met() -> None:
    found = records(io.BytesIO(b"[1, 2, " + b"[" * (MAX_DEPTH + 1)))
    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(TooMuch, match="deep"):
        next(found)
    with pytest.raises(TooMuch, match="long"):
        read("[[" + "0," * MAX_VALUES + "0]]")
    assert read("[[" + "0," * (MAX_VALUES // 2) + "0]]")
    with pytest.raises(TooMuch, match="4 MB"):
        read('["' + "x" * 5 * 2**20 + '"]')
