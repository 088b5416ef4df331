"""Plain Python and PostgreSQL: extract, clean, sign, match, fold."""
