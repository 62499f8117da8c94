"""R20: each defence has a test that fails without it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.without import DEFENCES
from tests.tiers import Tries

CONTROLS = "test_no_text_becomes_a_control_token_and_other_text_is_encoded_as_usual[tiny]"
TESTS = {
    "users": "tests/test_ui_api.py::test_another_users_ids_are_not_found",
    "overwriting": "tests/test_promise_forgotten.py::test_a_deleted_conversation_and_a_forgotten_fact_leave_no_byte",
    "guard": "tests/test_ui_guard.py::test_only_this_machine_and_its_own_pages_are_answered",
    "reconciling": "tests/test_memory_indexer.py::test_an_index_that_lacks_some_and_has_others_is_put_right",
    "splicing": f"tests/test_contract_chat_models.py::{CONTROLS}",
    "policy": "tests/test_ui_guard.py::test_every_answer_has_the_policy",
}


@pytest.mark.reliability
@pytest.mark.models
@pytest.mark.parametrize("name", DEFENCES)
def test_without_a_defence_its_test_fails(tmp_path: Path, tries: Tries, name: str) -> None:
    def outcome(**more: str) -> int:
        own = f"--basetemp={tmp_path / 'own'}"  # or pytest takes from this one's folders what others may read
        command = [sys.executable, "-m", "pytest", "-q", "-x", own, "-p", "tests.faults.without", TESTS[name]]
        root = Path(__file__).parent.parent
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, env=os.environ | more)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return done.returncode

    failed = outcome(WITHOUT=name)
    tries.found(f"R20 without {name} its test fails", 1, int(failed != 1))
    assert failed == 1
    if tries.tier != "push":  # where it has been run beside this one anyway
        assert outcome() == 0
