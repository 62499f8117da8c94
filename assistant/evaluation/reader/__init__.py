"""Trains and measures what hears facts (`memory.facts.reader`): `make train-reader`.

examples   labelled messages, as tokens and what each of them is
network    the encoder with adapters, and the heads, in torch
train      the weights, the calibration, the file
scores     right, wrong and missed, by key, language and register
"""
