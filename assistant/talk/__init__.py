"""What a turn of talk is worked out from by code: what must not be left to a model."""
