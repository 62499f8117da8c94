"""Secrets are found by their form, and nothing else is taken for one. All made up, or from the standards' examples."""

import time

import pytest

from memory.language import secrets


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("My password is hunter2!", "My password is [password]"),
        ("the wifi pwd: tr0ub4dor, ok?", "the wifi pwd: [password], ok?"),
        ("我的密码是abc12345，别告诉别人", "我的密码是[password]，别告诉别人"),
        ("my password's hunter2x", "my password's [password]"),
        ("密码abc12345", "密码[password]"),
        ("postgres://bob:pw@host", "postgres://bob:[password]@host"),
        ("card 4111 1111 1111 1111 please", "card [card number] please"),
        ("IBAN GB82 WEST 1234 5698 7654 32", "IBAN [account number]"),
        ("my ssn is 078-05-1120", "my ssn is [identity number]"),
        ("身份证11010519491231002X", "身份证[identity number]"),
        ("token sk-proj-abcdefghijklmnop1234 here", "token [API key] here"),
        ("ghp_" + "a1" * 18, "[API key]"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "[private key]"),
    ],
)
def test_a_secret_is_hidden(text: str, hidden: str) -> None:
    assert secrets.hide(text, secrets.find(text)) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "I forgot my password again.",
        "My wifi password is not working",
        "密码是什么意思",
        "Call me on 4111 1111 1111 1112",
        "The order number is 1234567890123456",
        "我改了密码",
        "The year 2024 and 12,345 people",
        "He gave me a token of love.",
        "Pin it to the wall.",
        "11010519491231002Y",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert secrets.find(text) == []


@pytest.mark.parametrize("word", ["passport", "护照", "pin", "password", "token", "密码"])
def test_blanks_after_a_word_take_no_time(word: str) -> None:
    began = time.process_time()
    assert secrets.find(f"{word}{' ' * 20_000}x") == []
    assert time.process_time() - began < 2
