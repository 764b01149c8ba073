-- Texts that nothing refers to any more. They are doubted first: a batch that is saved meanwhile may use them again.

-- :name doubt
INSERT INTO {schema}.doubted_texts (text_id)
SELECT text_id FROM {schema}."trino_queries_history_p{day}"
UNION
SELECT prepared_text_id FROM {schema}."trino_queries_history_p{day}" WHERE prepared_text_id IS NOT NULL
ON CONFLICT DO NOTHING;

-- :name await_batches
-- A batch holds its cluster from its beginning on. One that began before a text was doubted did not take it out; given up
-- before the server would look for a deadlock.
SELECT set_config('lock_timeout', '700ms', true);
LOCK TABLE {schema}.clusters IN SHARE MODE;

-- :name doubted
SELECT text_id,
       EXISTS (SELECT FROM {schema}.statements WHERE statements.text_id = doubted.text_id OFFSET 0)
       OR EXISTS (SELECT FROM {schema}.trino_queries_history AS history WHERE history.text_id = doubted.text_id OFFSET 0)
       OR EXISTS (SELECT FROM {schema}.trino_queries_history AS history
                  WHERE history.prepared_text_id = doubted.text_id OFFSET 0)
FROM (SELECT text_id FROM {schema}.doubted_texts ORDER BY text_id LIMIT %(limit)s) AS doubted;

-- :name believe
DELETE FROM {schema}.doubted_texts WHERE text_id = ANY(%(text_ids)s);

-- :name forget
-- What a batch has taken out since is not found here.
WITH unused AS (
    DELETE FROM {schema}.doubted_texts WHERE text_id = ANY(%(text_ids)s) RETURNING text_id
)
DELETE FROM {schema}.query_texts AS stored USING unused WHERE stored.text_id = unused.text_id;
