"""One typed function per SQL statement, nothing else. Statements stand in `sql/queries/`."""
