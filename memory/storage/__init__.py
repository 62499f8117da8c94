"""The data folder and what lies in it: tables, database, migrations, backups, encryption."""
