"""`make train-reader`: write memory/facts/reader.npz from labelled messages, and print how often it is right.

    python -m assistant.evaluation.reader.train DATA … [--epochs 7] [--threads 1] [--out FILE]

DATA are files or folders of JSON lines. One person in HELD_OUT gives no message to the training: on what these say, the
chance that a mark is right is calibrated, and the figures are taken. The same messages give the same file on one machine
with one thread.
"""

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from assistant.evaluation.reader import losses, scores
from assistant.evaluation.reader.examples import Example, read
from assistant.evaluation.reader.network import Network
from memory.facts.reader_heads import WEIGHTS, Heads

HELD_OUT = 8
TOKENS, AT_ONCE, SORTED = 500, 24, 400
"""Of a batch: padded tokens, messages; and how many messages are sorted by length before they are put in batches."""
RATE_ADAPTERS, RATE_HEADS, WARM_UP, DECAY, CLIP = 1e-3, 2e-3, 60, 0.01, 5.0
AGAIN = 1 / 3
LEFT_OUT = frozenset("Linda Gary Leo Roland 李雪 郑思雨 焦彦 王峰".split())
"""Users of MemoryBank that stay tests."""


def held_out(person: str) -> bool:
    return int(hashlib.sha256(person.encode()).hexdigest(), 16) % HELD_OUT == 0


def batches(examples: Sequence[Example], rng: random.Random) -> list[list[Example]]:
    """In random order, messages of about one length together."""
    shuffled = rng.sample(list(examples), len(examples))
    made: list[list[Example]] = []
    for start in range(0, len(shuffled), SORTED):
        batch: list[Example] = []
        for one in sorted(shuffled[start : start + SORTED], key=lambda example: len(example.tokens.ids)):
            if batch and ((len(batch) + 1) * len(one.tokens.ids) > TOKENS or len(batch) >= AT_ONCE):
                made.append(batch)
                batch = []
            batch.append(one)
        made.append(batch)
    return rng.sample(made, len(made))


def train(
    network: Network, examples: Sequence[Example], epochs: float, report: Callable[[str], None], *, begun: bool = False
) -> None:
    """Adam with a rate that rises and then falls to nothing (Loshchilov and Hutter 2019); a third of it for a network that was
    trained before (`begun`)."""
    rng = random.Random(0)
    adapters = [value for name, value in network.named_parameters() if name.startswith("layers.")]
    heads = [value for name, value in network.named_parameters() if not name.startswith("layers.")]
    share = AGAIN if begun else 1.0
    groups = [{"params": adapters, "lr": share * RATE_ADAPTERS}, {"params": heads, "lr": share * RATE_HEADS}]
    optimizer = torch.optim.AdamW(groups, weight_decay=DECAY)
    todo = batches(examples, rng)
    steps = max(1, int(epochs * len(todo)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / WARM_UP) * max(0.02, 1 - step / steps)
    )
    network.eval()
    if not begun:
        network.spread([losses.padded(batch) for batch in todo[:12]])
    network.train()
    since, running = time.monotonic(), 0.0
    for step in range(1, steps + 1):
        if not todo:
            todo = batches(examples, rng)
        loss = losses.of(network, todo.pop())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimizer.step()
        schedule.step()
        running += float(loss.detach())
        if step % 50 == 0 or step == steps:
            report(f"step {step} of {steps}, {time.monotonic() - since:.0f} s, loss {running / 50:.1f}")
            running = 0.0
    network.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description="Train what hears facts.")
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--epochs", type=float, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--go-on", action="store_true", help="from the weights there are, as more data has come")
    parser.add_argument("--encoder", type=Path, help="a folder with the encoder; default: the one that was fetched")
    chosen = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(chosen.threads)
    with scores.encoder(chosen.encoder) as folder:
        paths = [path for one in chosen.data for path in (sorted(one.glob("*.jsonl")) if one.is_dir() else [one])]
        examples = [one for one in read(paths, scores.tokenizer(folder)) if one.person not in LEFT_OUT]
        network = Network(folder)
    if chosen.go_on:
        with np.load(WEIGHTS, allow_pickle=False) as file:
            network.take({name: file[name] for name in file.files})
    learning = [one for one in examples if not held_out(one.person)]
    testing = [one for one in examples if held_out(one.person) and one.whole]
    print(
        f"{len(learning)} messages to learn from, {len(testing)} held out of {len({one.person for one in testing})} people"
    )
    train(network, learning, chosen.epochs, lambda line: print(line, flush=True), begun=chosen.go_on)
    states = scores.states_of(network)
    made = scores.calibrated(network.exported(), testing, states)
    np.savez(chosen.out, **made)
    heads = Heads({name: value.astype(np.float32) for name, value in made.items()})
    found = [(one, heads.read(*states(one))) for one in testing]
    print(scores.table(found))
    json.dump({"held_out": sorted({one.person for one in testing})}, sys.stderr)


if __name__ == "__main__":
    main()
