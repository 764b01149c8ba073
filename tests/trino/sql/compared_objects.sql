-- Sources and targets of statements that finished and that Trino answered about, with how they are known.
SELECT statement.statement_id::text, statement.kind, texts.text, statement.coverage,
       object.catalog || '.' || object.schema || '.' || object.name, used.role, used.method
FROM omd.statement_objects AS used
JOIN omd.statements AS statement USING (statement_id)
JOIN omd.query_texts AS texts USING (text_id)
JOIN omd.trino_query_objects AS object USING (object_id)
WHERE statement.engine IS NOT NULL
  AND EXISTS (
      SELECT FROM omd.trino_queries_history AS history
      WHERE history.statement_id = statement.statement_id AND history.state = 'FINISHED'
  )
ORDER BY 1, 6, 5
