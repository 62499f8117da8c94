"""The self-test chooses the engine, once a machine, and what it measured decides what `auto` takes."""

import json
from pathlib import Path

import pytest

from assistant import Settings, hardware, selftest
from assistant.chat_models import registry
from assistant.chat_models.base import Sampling
from assistant.chat_models.scripted_model import ScriptedModel
from assistant.hardware import Machine
from assistant.selftest import SelfTest, Speed
from prompts.types import ChatMessage


def test_the_faster_engine_is_taken_and_a_wish_wins(tmp_path: Path) -> None:
    assert registry.engine_of_choice(Settings(models_dir=tmp_path)) == "openvino"
    engines = {"openvino": Speed(100, 10, 9.5), "ctranslate2": Speed(100, 20, 8.1)}
    selftest._keep(tmp_path, SelfTest(engines, {}))
    assert registry.engine_of_choice(Settings(models_dir=tmp_path)) == "ctranslate2"
    assert registry.engine_of_choice(Settings(models_dir=tmp_path, engine="openvino")) == "openvino"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"machine": 1}', '{"machine": null, "engines": 3, "models": 4}'])
def test_what_cannot_be_read_or_is_of_another_machine_is_measured_again(tmp_path: Path, content: str) -> None:
    (tmp_path / selftest.FILE).write_text(content)
    assert selftest.read(tmp_path) == SelfTest({}, {})
    selftest._keep(tmp_path, SelfTest({"openvino": Speed(1, 2, 3)}, {"small": Speed(4, 5, 6)}))
    assert selftest.read(tmp_path).models["small"].reply == 5
    kept = json.loads((tmp_path / selftest.FILE).read_text())
    (tmp_path / selftest.FILE).write_text(json.dumps(kept | {"machine": ["another", 4]}))
    assert selftest.read(tmp_path) == SelfTest({}, {})


def test_auto_takes_small_where_medium_was_measured_to_be_too_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "detect", lambda: Machine(2, 16_000, "cpu", 0))
    settings = Settings(models_dir=tmp_path)
    assert registry.choose(settings).name == "medium"
    for speed, expected in ((8.0, "small"), (9.5, "medium")):
        selftest._keep(tmp_path, SelfTest({}, {"medium": Speed(100, speed, 20)}))
        choice = registry.choose(settings)
        assert (choice.name, f"{speed:.0f} tokens a second" in choice.why) == (expected, True)


def test_auto_takes_what_is_here_rather_than_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "detect", lambda: Machine(2, 16_000, "cpu", 0))
    (tmp_path / "medium").mkdir()
    (tmp_path / "medium" / "manifest.json").write_text('{"files": {}}')
    selftest._keep(tmp_path, SelfTest({}, {"medium": Speed(100, 5.0, 20)}))
    choice = registry.choose(Settings(models_dir=tmp_path))
    assert (choice.name, "small would be better here" in choice.why) == ("medium", True)


def test_a_model_is_measured_by_what_it_does() -> None:
    said: list[list[ChatMessage]] = []

    class Slow(ScriptedModel):
        def stream(self, messages, sampling: Sampling):  # type: ignore[no-untyped-def]
            said.append(list(messages))
            return super().stream(messages, sampling)

    speed = selftest.speed_of(Slow(lambda _: "one two three four " * 20))
    assert speed.prompt > 0
    assert speed.reply > 0
    assert len(said) == 3
    assert 800 < sum(len(message.content) for message in said[1]) / 4 < 1_600
