"""Sums in messages: what a small model must never calculate, code calculates.

    solve        the answer to a message that is a sum; `None` for any other
    solve_with   the same with what is missing taken from the user's notes, and from which it says
    solve_told   what one note's own amounts come to: a total, a share, what is left
    solve_again  the figure of the reply before over a longer period
    wants_sum    whether a message looks like a calculation, even one that `solve` cannot do

A message becomes tokens (`tokens`). It is read in two ways: by a grammar of whole questions (`grammar`), and as a sketch, its
words with a letter for each amount (`sketch`), against frames that say which amounts a kind of sum has and by which words it is
known (`frames`), step by step (`steps`), or against a limit (`within`). Grammar, frames and answers are the TOML files of a
language's folder. A function of the kind works it out in fractions (`money_sums`, `measure_sums`, `date_sums`, `everyday_sums`,
`formulas`). If two readings of a message give two values, there is no answer: a wrong sum is worse than none.
"""

from assistant.talk.sums.noted import Note
from assistant.talk.sums.solving import solve, wants_sum
from assistant.talk.sums.solving_with import Noted, may_need_notes, solve_with
from assistant.talk.sums.told import may_be_told, solve_again, solve_told
from assistant.talk.sums.values import Quantity, Solution

__all__ = [
    "Note",
    "Noted",
    "Quantity",
    "Solution",
    "may_be_told",
    "may_need_notes",
    "solve",
    "solve_again",
    "solve_told",
    "solve_with",
    "wants_sum",
]
