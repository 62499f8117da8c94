"""Sums in messages: what a small model must never calculate, code calculates.

    solve        the answer to a message that is a sum as a whole; `None` for any other
    wants_sum    whether a message looks like a calculation, even one that `solve` cannot do

A message becomes tokens (`tokens`), these are read by a grammar of questions (`grammar`; a language's words, questions and
answers are the TOML files of its folder), and a function of the question's kind works it out in fractions (`money_sums`,
`measure_sums`, `date_sums`). If two readings of a message give two values, there is no answer: a wrong sum is worse than none.
"""

from assistant.talk.sums.noted import Note
from assistant.talk.sums.solving import solve, wants_sum
from assistant.talk.sums.solving_with import Noted, may_need_notes, solve_with
from assistant.talk.sums.values import Quantity, Solution

__all__ = ["Note", "Noted", "Quantity", "Solution", "may_need_notes", "solve", "solve_with", "wants_sum"]
