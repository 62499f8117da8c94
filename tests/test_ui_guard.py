import pytest
from starlette.datastructures import Headers

from ui.guard import MAX_FORM_BYTES, POLICY, refuse, too_large


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"host": "127.0.0.1:7860"}, False),
        ({"host": "localhost"}, False),
        ({"host": "[::1]:7860"}, False),
        ({"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:7860"}, False),
        ({"host": "evil.example"}, True),
        ({"host": "127.0.0.1.evil.example:7860"}, True),
        ({"host": "127.0.0.1:7860", "origin": "http://evil.example"}, True),
        ({"host": "127.0.0.1:7860", "origin": "null"}, True),
        ({"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:1"}, True),
        ({}, True),
        ({"host": "["}, True),
        ({"host": "127.0.0.1:7860", "origin": "http://["}, True),
    ],
)
def test_only_this_machine_and_its_own_pages_are_answered(headers: dict[str, str], refused: bool) -> None:
    assert (refuse(Headers(headers)) is not None) == refused


def test_the_policy_names_no_foreign_origin() -> None:
    assert "http" not in POLICY
    assert "*" not in POLICY


@pytest.mark.parametrize(
    ("length", "refused"), [("0", False), (str(2**20), False), (str(2**20 + 1), True), ("x", True)]
)
def test_what_says_that_it_is_too_large_is_not_read(length: str, refused: bool) -> None:
    assert too_large(Headers({"content-length": length}), MAX_FORM_BYTES) == refused
