"""The functions of ``import copydesk`` that need no crawler: clean pages, group documents, read the database."""
