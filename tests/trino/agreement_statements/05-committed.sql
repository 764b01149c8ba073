--! user=alice source=jdbc catalog=lake schema=agree
START TRANSACTION
--!
SELECT count(*) FROM nations
--!
COMMIT
