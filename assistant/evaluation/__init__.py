"""Measure the assistant on labelled data: `zhiji evaluate`."""
