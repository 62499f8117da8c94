"""What is known of a log beside its bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

from memory.errors import BadInput


@dataclass(frozen=True, slots=True)
class Known:
    """`me` is how the user is called in the log, if that was said; `names` are what the user is called here; `file` is the name
    of the file, "" if it has none."""

    me: str | None = None
    names: Sequence[str] = ()
    file: str = ""

    def user_among(self, speakers: Sequence[str]) -> str:
        """Which of those who speak in a chat is the user: the one that was said, who is called as the user is here, or the one
        whom the file is not named after ("WhatsApp Chat with Ana"). Raises BadInput, naming them, if that cannot be told."""
        if self.me is not None:
            return _called(self.me, speakers) or self._ask(speakers)
        for name in self.names:
            if found := _called(name, speakers):
                return found
        unnamed = [name for name in speakers if name.casefold() not in self.file.casefold()]
        if len(unnamed) == 1:
            return unnamed[0]
        return self._ask(speakers)

    def _ask(self, speakers: Sequence[str]) -> str:
        listed = ", ".join(sorted(speakers)[:12])
        raise BadInput(f"In this chat speak: {listed}. Say which of them you are (me=…, --me …), and import it again.")


def _called(name: str, speakers: Sequence[str]) -> str | None:
    """The speaker of that name, or the only one whose first name it is."""
    name = " ".join(name.casefold().split())
    whole = [one for one in speakers if one.casefold() == name]
    first = [one for one in speakers if one.casefold().split()[:1] == [name]]
    return whole[0] if whole else first[0] if len(first) == 1 else None
