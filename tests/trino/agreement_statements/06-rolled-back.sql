--! user=bob source=jdbc catalog=lake schema=agree
START TRANSACTION
--!
SELECT count(*) FROM nations
--! fails=AUTOCOMMIT_WRITE_CONFLICT
INSERT INTO target (id) SELECT id FROM nations
--! fails=TRANSACTION_ALREADY_ABORTED
SELECT count(*) FROM nations
--!
ROLLBACK
--!
SELECT count(*) FROM regions
