-- Texts leave with the last day of the history that holds them.

CREATE TABLE {schema}.doubted_texts (
    text_id uuid PRIMARY KEY
);
COMMENT ON TABLE {schema}.doubted_texts IS 'Texts of days that retention has dropped. Those that neither the history nor a statement refers to are forgotten; a batch that uses one takes it out.';
COMMENT ON COLUMN {schema}.doubted_texts.text_id IS 'The text.';

COMMENT ON TABLE {schema}.runs IS 'One pass over a source; those that began more than a week ago are one row a UTC day, with their sums.';
COMMENT ON TABLE {schema}.own_queries IS 'Queries that the tracker itself issued; they are never part of the history. Kept as long as the history.';
