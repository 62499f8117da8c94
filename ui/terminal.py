"""`zhiji chat`: talk in the terminal. Replies stream, history is kept for the session, Ctrl+C stops a reply."""

import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.history import InMemoryHistory
from rich.console import Console
from rich.markup import escape

from assistant.engine import Assistant
from assistant.events import Done, Event, Recalled, TextDelta
from assistant.talk.reminder_replies import due_text
from assistant.talk.reminding import Language
from memory.errors import BadInput, ZhijiError
from memory.language.encodings import decode
from memory.language.text import is_chinese
from memory.reminders import Reminder
from memory.storage.tables import utc_now
from memory.types import Fact, Memory
from ui.texts import of, spoken_fact, where_kept

HELP = """  /memories [words]   the newest memories, or those that fit the words
  /forget NUMBER      forget a memory of that list, for good
  /profile [KEY VALUE]  what is known about you, or set it: /profile name Mei
  /reminders          your reminders
  /done NUMBER        a reminder of that list, or the one just shown, is done
  /undo                 take back what was last noted about you
  /new                begin another conversation
  /again              answer the last message again
  /quit               leave (or Ctrl+D)"""
COMMANDS = ("/memories", "/forget", "/profile", "/reminders", "/done", "/undo", "/new", "/again", "/help", "/quit")


@dataclass
class Chat:
    """One terminal session: the conversation it is in, and the memories it last listed."""

    assistant: Assistant
    console: Console
    conversation_id: str | None = None
    server: str = ""
    listed: tuple[Memory, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    """Those that were last listed or shown."""
    change_id: str | None = None
    failure: ZhijiError | None = None
    """What went wrong last, if the last line did not go well."""

    def ask_consent(self) -> None:
        """On first use: what is remembered and why, and whether it may be. Without an answer it is asked again next time, and
        nothing is remembered until then."""
        if self.assistant.consents.asked:
            return
        for language in ("en", "zh"):
            self.console.print(where_kept(language, self.server), of(language, "consent_what"), highlight=False)
        try:
            answer = self.console.input(f"{of('en', 'consent_ask')} {of('zh', 'consent_ask')} [y/n] ").strip().lower()
        except (EOFError, KeyboardInterrupt):
            return
        yes = answer[:1] in ("y", "是", "好", "可", "行", "嗯")
        if yes or answer[:1] in ("n", "否", "不", "别"):
            self.assistant.consents.set(remember=yes, profile=yes)
            self.console.print(f"[dim]{of('en', 'consent_yes' if yes else 'consent_no')}[/dim]", highlight=False)

    def run(self, lines: Iterator[str]) -> None:
        """Answer each line until they end or /quit. An error is shown, and the chat goes on."""
        self.remind()
        for line in lines:
            line = line.strip()
            if line in {"/quit", "/exit"}:
                return
            if not line:
                continue
            self.failure = None
            try:
                self._command(line) if line.startswith("/") else self._say(line)
            except ZhijiError as error:
                self.failure = error
                self.console.print(f"[red]{escape(str(error))}[/red]")
            self.remind()

    def remind(self) -> None:
        """Show what has fallen due; nobody else shows it again."""
        due = self.assistant.reminders.claim(utc_now())
        for reminder in due:
            language: Language = "zh" if is_chinese(reminder.text) else "en"
            self.console.print(f"[bold]⏰ {escape(due_text(reminder, language))}[/bold]", highlight=False)
        if due:
            self.reminders = tuple(due)

    def _say(self, line: str) -> None:
        stop = threading.Event()
        self._show(self.assistant.stream(line, conversation_id=self.conversation_id, stop=stop), stop)

    def _command(self, line: str) -> None:
        try:
            name, *words = shlex.split(line)
        except ValueError:
            name, *words = line.split()
        does: dict[str, Callable[[list[str]], None]] = {
            "/memories": self._memories,
            "/forget": self._forget,
            "/profile": self._profile,
            "/reminders": self._reminders,
            "/done": self._done,
            "/undo": self._undo,
            "/new": self._new,
            "/again": self._again,
            "/help": lambda _: self.console.print(HELP, markup=False),
        }
        if name not in does:
            raise BadInput(f"There is no command {name}. These are:\n{HELP}")
        does[name](words)

    def _memories(self, words: list[str]) -> None:
        memories = self.assistant.memories
        found = [hit.memory for hit in memories.search(" ".join(words), 10)] if words else memories.list(10)
        self.listed = tuple(found)
        if not found:
            self.console.print("Nothing." if words else "Nothing is remembered yet.")
        for number, memory in enumerate(found, start=1):
            day = memory.occurred_at.astimezone()
            who = f"{memory.speaker}: " if memory.speaker else ""
            self.console.print(f"{number:3}. [dim]{day:%Y-%m-%d}[/dim] {escape(who + memory.text)}")

    def _forget(self, words: list[str]) -> None:
        if (
            len(words) != 1
            or not (words[0].isascii() and words[0].isdigit())
            or not 1 <= int(words[0]) <= len(self.listed)
        ):
            raise BadInput("Give a number of the list that /memories shows: /forget 1")
        gone = self.assistant.memories.forget(self.listed[int(words[0]) - 1].id)
        self.listed = ()
        self.console.print("Forgotten." if gone == 1 else f"Forgotten, with the reply to it ({gone} memories).")

    def _profile(self, words: list[str]) -> None:
        if len(words) >= 2:
            self.assistant.profile.add(words[0], " ".join(words[1:]))
        facts = self.assistant.profile.facts()
        for fact in facts:
            self.console.print(f"  {escape(spoken_fact('en', fact))}")
        if not facts:
            self.console.print("Nothing is known about you yet. Tell me, or set it: /profile name Mei")

    def _reminders(self, _words: list[str]) -> None:
        self.reminders = tuple(self.assistant.reminders.list())
        for number, reminder in enumerate(self.reminders, start=1):
            self.console.print(f"{number:3}. {escape(str(reminder))}", highlight=False)
        if not self.reminders:
            self.console.print("There are no reminders. Say: remind me on Monday at nine to call the landlord")

    def _done(self, words: list[str]) -> None:
        number = words[0] if words else "1" if len(self.reminders) == 1 else ""
        if not (number.isascii() and number.isdigit() and 1 <= int(number) <= len(self.reminders)):
            raise BadInput("Give a number of the list that /reminders shows: /done 1")
        done = self.assistant.reminders.done(self.reminders[int(number) - 1].id)
        self.reminders = ()
        self.console.print("Done." if done.done_at else f"Done. It comes again: {escape(str(done))}", highlight=False)

    def _undo(self, _words: list[str]) -> None:
        if self.change_id is None:
            raise BadInput("Nothing was noted that could be taken back.")
        for fact in self.assistant.profile.undo(self.change_id):
            what = "holds again" if fact.status == "active" else "taken back"
            self.console.print(f"  {what}: {escape(spoken_fact('en', replace(fact, status='active')))}")
        self.change_id = None

    def _new(self, _words: list[str]) -> None:
        self.conversation_id = None
        self.console.print("[dim]A new conversation.[/dim]")

    def _again(self, _words: list[str]) -> None:
        if self.conversation_id is None:
            raise BadInput("There is nothing to answer yet. Say something first.")
        stop = threading.Event()
        self._show(self.assistant.regenerate(self.conversation_id, stop=stop), stop)

    def _show(self, events: Iterator[Event], stop: threading.Event) -> None:
        """Print a turn as it comes; Ctrl+C stops it and keeps what was said."""
        waiting = self.console.status("[dim]…[/dim]")
        waiting.start()
        recalled = Recalled((), ())
        learned: Sequence[Fact] = ()
        withheld: Sequence[str] = ()
        before = signal.signal(signal.SIGINT, lambda *_: stop.set())  # an exception here would tear the turn apart
        try:
            for event in events:
                if isinstance(event, TextDelta):
                    waiting.stop()
                    self.console.print(event.text, end="", markup=False, highlight=False, soft_wrap=True)
                elif isinstance(event, Done):
                    self.conversation_id = event.reply.conversation_id
                    learned, withheld = event.reply.learned, event.reply.withheld
                    waiting.stop()
                    self.console.print("[dim] (stopped)[/dim]" if event.reply.status == "interrupted" else "")
                elif isinstance(event, Recalled):
                    recalled = event
                    self.conversation_id = event.conversation_id
        finally:
            waiting.stop()
            signal.signal(signal.SIGINT, before)
        for hit in recalled.hits:
            day = f"{hit.memory.occurred_at.astimezone():%Y-%m-%d}"
            label = "记得" if is_chinese(hit.memory.text) else "remembered"
            self.console.print(f"[dim]  {label} {day}: {escape(hit.memory.text[:100])}[/dim]")
        for fact in learned:
            self.console.print(f"[dim]  noted: {escape(spoken_fact('en', fact))} (/undo takes it back)[/dim]")
            self.change_id = fact.change_id
        if withheld:
            self.console.print(f"[dim]  not remembered: a secret ({', '.join(withheld)})[/dim]")


def _piped() -> Iterator[str]:
    """The lines of a pipe: UTF-8, whatever the console is in, or else, as what the console itself sends, in its encoding."""
    bytes_of = getattr(sys.stdin, "buffer", None)
    if bytes_of is None:
        yield from sys.stdin
        return
    for line in bytes_of:
        try:
            yield line.decode("utf-8-sig")
        except UnicodeDecodeError:
            yield _in_encoding_of_console(line)


def _in_encoding_of_console(line: bytes) -> str:
    """Raises BadInput if it is in another, and that could be several."""
    try:
        return line.decode(sys.stdin.encoding)
    except UnicodeDecodeError:
        return decode(line)


def typed() -> Iterator[str]:
    """What a person types, with line editing, history and completion of commands; or the lines of a pipe."""
    if not sys.stdin.isatty():
        yield from _piped()
        return
    session: PromptSession[str] = PromptSession(
        history=InMemoryHistory(), completer=WordCompleter(list(COMMANDS), sentence=True), complete_while_typing=False
    )
    while True:
        try:
            yield session.prompt("> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
