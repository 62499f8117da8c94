"""Finding memories: keywords, vectors, the ranker, and the index that is made from the tables."""
