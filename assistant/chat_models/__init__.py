"""The chat models behind one seam; see `base` for it and `registry` for how one is chosen."""
