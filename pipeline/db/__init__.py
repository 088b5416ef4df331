"""The database's edge: connections, the embedded server, SQL files by name, migrations."""

from copydesk.pipeline.db.connection import Row, connect, database_url, mask, name_database, transaction
from copydesk.pipeline.db.queries import load_queries
from copydesk.pipeline.db.schema import migrate

__all__ = ["Row", "connect", "database_url", "load_queries", "mask", "migrate", "name_database", "transaction"]
