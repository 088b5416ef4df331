"""The database's edge: connections, the embedded server, SQL files by name, migrations."""

from copydesk.pipeline.db.connect_errors import redact_url
from copydesk.pipeline.db.connection import (
    connect,
    describe_database,
    get_database_url,
    locate_database,
    read_transaction,
    transaction,
)
from copydesk.pipeline.db.pool import Row
from copydesk.pipeline.db.schema import migrate

__all__ = [
    "Row",
    "connect",
    "describe_database",
    "get_database_url",
    "locate_database",
    "migrate",
    "read_transaction",
    "redact_url",
    "transaction",
]
