import pytest

from memory.errors import BadInput, NotFound
from memory.profile import Profile
from memory.store import Store


@pytest.fixture
def mei(store: Store) -> Profile:
    return Profile(store, store.user("mei"))


def test_a_new_value_supersedes_and_keeps_the_old_one(mei: Profile) -> None:
    mei.set("home", "Porto")
    mei.set("name", "Mei")
    mei.set("home", "Lisbon")
    assert [(fact.key, fact.value) for fact in mei.facts()] == [("name", "Mei"), ("home", "Lisbon")]
    old, new = mei.history("home")
    assert (old.value, old.status, old.valid_to) == ("Porto", "superseded", new.valid_from)
    assert mei.get("home") == new
    assert mei.get("job") is None


def test_setting_the_same_again_changes_nothing(mei: Profile) -> None:
    assert mei.set("home", "Lisbon") == mei.set("home", " Lisbon ")
    assert len(mei.history("home")) == 1


def test_forgetting_a_fact(mei: Profile) -> None:
    fact = mei.set("allergies", "peanuts")
    mei.forget(fact.id)
    assert mei.facts() == []
    with pytest.raises(NotFound):
        mei.forget(fact.id)


@pytest.mark.parametrize("key", ["", "Home", "a b", "1x", "x" * 40])
def test_a_key_that_is_no_key_is_refused(mei: Profile, key: str) -> None:
    with pytest.raises(BadInput, match="profile key"):
        mei.set(key, "x")
