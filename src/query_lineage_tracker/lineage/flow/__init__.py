"""How columns flow through a statement: scopes, expressions, relations, queries, statements."""
