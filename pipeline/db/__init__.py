"""The database's edge: connections, the embedded server, SQL files by name, migrations."""

from copydesk.pipeline.db.connection import Row, connect, describe_database, get_database_url, redact_url, transaction
from copydesk.pipeline.db.queries import load_queries
from copydesk.pipeline.db.schema import migrate

__all__ = [
    "Row",
    "connect",
    "describe_database",
    "get_database_url",
    "load_queries",
    "migrate",
    "redact_url",
    "transaction",
]
