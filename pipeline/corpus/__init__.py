"""Parquet: the schemas of documents, sketches, edges, members and stories, and folders of such files."""

from copydesk.pipeline.corpus.folder import ParquetFolder, is_folder_name
from copydesk.pipeline.corpus.schemas import CorpusTable, check_schema, load_schema

__all__ = ["CorpusTable", "ParquetFolder", "check_schema", "is_folder_name", "load_schema"]
