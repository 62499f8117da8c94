"""What the network is trained on: the loss of a batch of labelled messages."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from assistant.evaluation.reader.examples import UNNAMED, USER, Example, Value
from assistant.evaluation.reader.network import Network
from memory.facts.reader_heads import KEYS, MAX_SPAN, STANDINGS

NEAR = 0.4
"""How much it counts that a span one token off is none."""
POSITIVE = 2.0
ALONE, STANDING, WHOSE, MAIN_KEY = 0.2, 0.5, 1.5, 0.6
"""Weights of the loss of tokens alone, of standings, of owners; and of the label's own key beside others that would be right."""


def padded(batch: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Ids (b, n), and whether each is there."""
    longest = max(len(one.tokens.ids) for one in batch)
    ids, there = torch.ones(len(batch), longest, dtype=torch.long), torch.zeros(len(batch), longest, dtype=torch.bool)
    for at, one in enumerate(batch):
        ids[at, : len(one.tokens.ids)] = torch.tensor(one.tokens.ids)
        there[at, : len(one.tokens.ids)] = True
    return ids, there


def of(network: Network, batch: Sequence[Example]) -> Tensor:
    """The loss of a batch, a message."""
    ids, there = padded(batch)
    states = network.states(ids, there)
    standing = network.st(states)
    total = _of_spans(network, states, batch)
    said = _standings(batch, ids.shape[1])
    if (said >= 0).any():
        total = total + STANDING * F.cross_entropy(standing.flatten(0, 1), said.flatten(), ignore_index=-1)
    rows = [(at, value) for at, one in enumerate(batch) for value in one.values]
    return total + _of_attributes(network, states, there, rows) / len(batch) if rows else total


def _of_spans(network: Network, states: Tensor, batch: Sequence[Example]) -> Tensor:
    logits, alone = network.spans(states)
    wanted, weight = torch.zeros_like(logits), torch.zeros_like(logits)
    wanted_alone, weight_alone = torch.zeros_like(alone), torch.zeros_like(alone)
    number = states.shape[1]
    length = torch.arange(number)[None] - torch.arange(number)[:, None]
    possible = ((length >= 0) & (length < MAX_SPAN)).float()
    for at, one in enumerate(batch):
        own = torch.zeros(number)
        own[: len(one.tokens.places)] = torch.tensor([float(place[0] >= 0) for place in one.tokens.places])
        of_values = [(value.first, value.last, value.weight) for value in one.values]
        of_people = [(first, last, 1.0) for first, last in one.who]
        for channel, spans in enumerate((of_values, of_people)):
            if channel and not one.whole:
                continue  # these labels do not say of everybody who is named
            weight[at, channel], weight_alone[at, channel] = possible * own[:, None] * own[None], own[:, None]
            for first, last in one.unclear if channel == 0 else ():
                weight[at, channel, first : last + 1, first : last + 1] = 0
                weight_alone[at, channel, first : last + 1] = 0
            for first, last, _ in spans:
                weight[at, channel, max(first - 1, 0) : first + 2, max(last - 1, 0) : last + 2] *= NEAR
            for first, last, counts in spans:
                wanted[at, channel, first, last], weight[at, channel, first, last] = 1, POSITIVE * counts
                wanted_alone[at, channel, first, 0] = wanted_alone[at, channel, last, 1] = 1
                wanted_alone[at, channel, first : last + 1, 2] = 1
    entropy = F.binary_cross_entropy_with_logits
    together = entropy(logits, wanted, weight, reduction="sum")
    return (together + ALONE * entropy(alone, wanted_alone, weight_alone, reduction="sum")) / len(batch)


def _standings(batch: Sequence[Example], number: int) -> Tensor:
    """(b, n): of each token that a label quotes its standing, else -1; what is not to be learned wins over what is."""
    said = torch.full((len(batch), number), -1)
    for at, one in enumerate(batch):
        for first, last, standing in sorted(one.standings, key=lambda span: span[2] != STANDINGS.index("stated")):
            said[at, first : last + 1] = standing
    return said


def _of_attributes(network: Network, states: Tensor, there: Tensor, rows: Sequence[tuple[int, Value]]) -> Tensor:
    values = [value for _, value in rows]
    row = torch.tensor([at for at, _ in rows])
    first, last = torch.tensor([value.first for value in values]), torch.tensor([value.last for value in values])
    keys, polarities, tenses, owners = network.attributes(states, row, first, last)
    right = torch.zeros(len(rows), len(KEYS), dtype=torch.bool)
    named = torch.zeros_like(owners, dtype=torch.bool)
    for at, value in enumerate(values):
        right[at, list(value.keys)] = True
        named[at, [{USER: 0, UNNAMED: 1}.get(token, token + 2) for token in value.whose]] = True
    chances = F.log_softmax(keys, -1)
    main = chances[torch.arange(len(rows)), torch.tensor([value.key for value in values])]
    any_key = torch.logsumexp(chances.masked_fill(~right, -1e9), -1)
    loss = -MAIN_KEY * main - (1 - MAIN_KEY) * any_key
    loss = loss + F.cross_entropy(
        polarities, torch.tensor([int(value.polarity < 0) for value in values]), reduction="none"
    )
    loss = loss + F.cross_entropy(
        tenses, torch.tensor([value.tense for value in values]), ignore_index=-1, reduction="none"
    )
    possible = torch.cat([torch.ones(len(rows), 2, dtype=torch.bool), there[row]], -1)
    pointed = F.log_softmax(owners.masked_fill(~possible, -1e9), -1)
    loss = loss - WHOSE * torch.logsumexp(pointed.masked_fill(~named, -1e9), -1)
    return (loss * torch.tensor([value.weight for value in values])).sum()
