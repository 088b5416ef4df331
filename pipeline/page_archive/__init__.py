"""Pages in WARC files, in a folder or in object storage: written record by record, read by byte range."""
