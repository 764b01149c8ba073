-- What operators changed, and who did.

CREATE TABLE {schema}.operator_actions (
    action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    acted_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('PAGE', 'COMMAND')),
    action text NOT NULL CHECK (action IN ('REQUEUE', 'DROP', 'RESUME', 'PURGE')),
    subject jsonb NOT NULL,
    affected bigint NOT NULL
);
COMMENT ON TABLE {schema}.operator_actions IS 'What operators changed: written in the transaction of the change, never deleted by us.';
COMMENT ON COLUMN {schema}.operator_actions.action_id IS 'Grows; the order in which they were stored.';
COMMENT ON COLUMN {schema}.operator_actions.acted_at IS 'When.';
COMMENT ON COLUMN {schema}.operator_actions.actor IS 'Who: the user of the page, or the account that ran the command.';
COMMENT ON COLUMN {schema}.operator_actions.origin IS 'PAGE, or COMMAND for the command line.';
COMMENT ON COLUMN {schema}.operator_actions.action IS 'REQUEUE or DROP of messages, RESUME of a sink, or PURGE.';
COMMENT ON COLUMN {schema}.operator_actions.subject IS 'What it was done to, as it was asked for.';
COMMENT ON COLUMN {schema}.operator_actions.affected IS 'How many rows it changed.';
