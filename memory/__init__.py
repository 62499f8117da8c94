"""What Zhiji remembers. What a program asks for stands here, one module a noun (`memory.memories`, `memory.profile`, …); what
it is made of lies in wings.

    language   words, times, secrets, claims           exchange   logs, whole users, documents, in and out
    facts      what is known of a person               storage    tables, database, backups, encryption
    search     keywords, vectors, ranker, index        access     accounts, API keys
    privacy    consents, receipts

Importing this loads nothing.
"""
