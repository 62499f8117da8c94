"""The schema's history. `REVISIONS` lists it in order; each runs in one transaction and is recorded by alembic."""

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
