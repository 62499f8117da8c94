"""What Zhiji remembers: the store, one user's memories, profile and conversations.

Importing this loads nothing; each part is a module of its own (`memory.store`, `memory.memories`, ...).
"""
