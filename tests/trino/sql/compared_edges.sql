-- Column edges of statements of whose columns Trino told, with how they are known.
SELECT statement.statement_id::text, statement.kind, texts.text, statement.coverage,
       upstream.catalog || '.' || upstream.schema || '.' || upstream.name || '.' || edge.upstream_column,
       downstream.catalog || '.' || downstream.schema || '.' || downstream.name || '.' || edge.downstream_column,
       edge.subtype, edge.method
FROM omd.statement_column_edges AS edge
JOIN omd.statements AS statement USING (statement_id)
JOIN omd.query_texts AS texts USING (text_id)
JOIN omd.trino_query_objects AS upstream ON upstream.object_id = edge.upstream_id
JOIN omd.trino_query_objects AS downstream ON downstream.object_id = edge.downstream_id
WHERE jsonb_typeof(statement.engine -> 'columns') = 'array'
ORDER BY 1, 5, 6, 7
