"""The database's edge: connections, the embedded server, SQL files by name, migrations."""

from pipeline.db.connection import Row, connect, database_url, mask, name_database, transaction
from pipeline.db.queries import load_queries
from pipeline.db.schema import migrate

__all__ = ["Row", "connect", "database_url", "load_queries", "mask", "migrate", "name_database", "transaction"]
