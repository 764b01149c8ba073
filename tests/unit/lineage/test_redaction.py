from __future__ import annotations

import json

import pytest

from query_lineage_tracker.lineage.redaction import redact, redact_message

WITHOUT_SECRETS = [
    "",
    "SELECT a FROM t WHERE b = 'x' AND c IN (1, 2) -- why\n",
    "SELECT orderkey, custkey FROM orders WHERE orderkey = 7 AND key = 'k' AND token_count = 5",
    'SELECT u.a FROM u JOIN v ON u.password = v.password AND u.token = v."token"',
    "SET SESSION AUTHORIZATION 'bob'",
    "SET SESSION query_max_run_time = '1h'",
    "CREATE TABLE t (a bigint) WITH (primary_key = ARRAY['id'], location = 's3://b/p', \"partition.key\" = 'day')",
    "SELECT json_object(KEY 'a' VALUE 1), JSON '{\"a\": 1}'",
    "SELECT * FROM t FOR VERSION AS OF 'audit'",
    "CREATE CATALOG c USING tpch COMMENT 'the small one'",
    "SHOW CREATE TABLE t",
    "SELECT regexp_extract(url, 'token=([^&]*)') FROM t",
    "SELECT 'https://example.com:8080/a@b', 'user@example.com' FROM t",
    "SELECT 'x",
    "\x00 \ud800 'é' 😀",
]


@pytest.mark.parametrize("sql", WITHOUT_SECRETS)
def test_text_without_secrets_stays_the_same_object(sql: str) -> None:
    assert redact(sql) is sql


SECRETS = [
    (
        "CREATE CATALOG c USING x COMMENT 'ours' WITH (user = 'bob', \"connection-password\" = 'x')",
        "CREATE CATALOG c USING x COMMENT 'ours' WITH (user = '***', \"connection-password\" = '***')",
    ),
    (
        "create catalog if not exists c using x with (a = 5, b = true, c=U&'x' UESCAPE '!', d = ARRAY['x', 'y'])",
        "create catalog if not exists c using x with (a = 0, b = true, c=U&'***' UESCAPE '!', d = ARRAY['***', '***'])",
    ),
    ("CREATE CATALOG c USING x WITH (p = hunter2)", "CREATE CATALOG c USING x WITH (p = redacted)"),
    (
        "CREATE CATALOG c USING x WITH (p = NOT a, q = null)",
        "CREATE CATALOG c USING x WITH (p = NOT redacted, q = null)",
    ),
    ('CREATE CATALOG c USING x WITH ("p" = "hunter2")', 'CREATE CATALOG c USING x WITH ("p" = "***")'),
    ('CREATE CATALOG c USING x WITH ("p" = \'hunter2', 'CREATE CATALOG c USING x WITH ("p" = \' ***'),
    (
        "CREATE CATALOG c WITH (\"p = 'hunter2', \"q\" = 'x')",
        'CREATE CATALOG c WITH ("***"q" ***',
    ),
    ("EXPLAIN CREATE CATALOG c USING x WITH (p = 'x')", "EXPLAIN CREATE CATALOG c USING x WITH (p = '***')"),
    ("ALTER CATALOG c SET PROPERTIES p = 'x'", "ALTER CATALOG c SET PROPERTIES p = '***'"),
    ("SET SESSION hive.s3_secret_key = 'x'", "SET SESSION hive.s3_secret_key = '***'"),
    ("SET SESSION c.password = concat('a', 'b')", "SET SESSION c.password = concat('***', '***')"),
    ("SET SESSION c.key = hunter2", "SET SESSION c.key = redacted"),
    ("WITH SESSION c.token = 'x' SELECT a FROM t", "WITH SESSION c.token = '***' SELECT a FROM t"),
    (
        "CREATE TABLE t (a int) WITH (\"s3.aws-secret-key\" = 'x', \"aws-key\" = 'y', format = 'ORC')",
        "CREATE TABLE t (a int) WITH (\"s3.aws-secret-key\" = '***', \"aws-key\" = '***', format = 'ORC')",
    ),
    (
        "CALL c.s.p(password => 'x', n => 's', credentials => MAP(ARRAY['a'], ARRAY['b']), t => 'u')",
        "CALL c.s.p(password => '***', n => 's', credentials => MAP(ARRAY['***'], ARRAY['***']), t => 'u')",
    ),
    ("SELECT * FROM TABLE(f(api_key => 'x', a => 'y'))", "SELECT * FROM TABLE(f(api_key => '***', a => 'y'))"),
    ("SELECT f(token => 'x') FROM t", "SELECT f(token => '***') FROM t"),
    ("UPDATE users SET password = 'x' WHERE id = 5", "UPDATE users SET password = '***' WHERE id = 5"),
    (
        "SELECT 1 FROM t WHERE u.secret <> 'x' AND token LIKE 'y%' AND password IN ('a', 'b')",
        "SELECT 1 FROM t WHERE u.secret <> '***' AND token LIKE '***' AND password IN ('***', '***')",
    ),
    ("CREATE SECRET s (TYPE S3, SECRET 'x')", "CREATE SECRET s (TYPE S3, SECRET '***')"),
    ("CREATE USER bob IDENTIFIED BY 'x'", "CREATE USER bob IDENTIFIED BY '***'"),
    ("CREATE USER bob WITH PASSWORD 'x'", "CREATE USER bob WITH PASSWORD '***'"),
    ("SELECT 'jdbc:postgresql://bob:p@ss@h/d' a", "SELECT 'jdbc:postgresql://bob:***@h/d' a"),
    ("SELECT 'jdbc:x://h/d?user=bob&password=x&ssl=true'", "SELECT 'jdbc:x://h/d?user=bob&password=***&ssl=true'"),
    ("SELECT 'jdbc:oracle:thin:bob/x@//h:1521/s'", "SELECT 'jdbc:oracle:thin:bob/***@//h:1521/s'"),
    ('SELECT \'{"password": "it\'\'s", "a": 1}\'', 'SELECT \'{"password": "***", "a": 1}\''),
    ("SELECT U&'pass\\0077ord=x', 1", "SELECT U&'password=***', 1"),
    ("SELECT 'AKIAABCDEFGHIJKLMNOP'", "SELECT '***'"),
    ("SELECT 'Authorization: Bearer abcdefghij'", "SELECT 'Authorization: Bearer ***'"),
    ("SELECT 'eyJhbGciOiJI.eyJzdWIiOiIx.sig'", "SELECT '***'"),
    ("SELECT '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----'", "SELECT '***'"),
    ("SELECT 'AccountName=x;AccountKey=abc==;y=1'", "SELECT 'AccountName=x;AccountKey=***;y=1'"),
    ("CALL s.p('s3://AKIAABCDEFGHIJKLMNOP:x@b/p')", "CALL s.p('s3://***:***@b/p')"),
    ("/* password='x' */ SELECT 1 -- token=y\n, 2", "/* password='***' */ SELECT 1 -- token=***\n, 2"),
    ("SELECT 1 /* AKIAABCDEFGHIJKLMNOP*/", "SELECT 1 /* ****/"),
    (
        "EXECUTE IMMEDIATE 'UPDATE t SET password = ''x'' WHERE a = ''b'''",
        "EXECUTE IMMEDIATE 'UPDATE t SET password = ''***'' WHERE a = ''b'''",
    ),
    (
        "EXECUTE IMMEDIATE U&'SET SESSION c.token = ''x''!0020' UESCAPE '!'",
        "EXECUTE IMMEDIATE U&'SET SESSION c.token = ''***'' ' UESCAPE '!'",
    ),
    (
        "EXECUTE IMMEDIATE 'CALL p(?, password => ?)' USING 'a', 'x'",
        "EXECUTE IMMEDIATE 'CALL p(?, password => ?)' USING 'a', '***'",
    ),
    (
        "SELECT * FROM TABLE(pg.system.query(query => 'SELECT 1 WHERE token = ''x'''))",
        "SELECT * FROM TABLE(pg.system.query(query => 'SELECT 1 WHERE token = ''***'''))",
    ),
    ("PREPARE p FROM CALL s.p(password => 'x')", "PREPARE p FROM CALL s.p(password => '***')"),
]


@pytest.mark.parametrize(("sql", "redacted"), SECRETS)
def test_secrets_always_go(sql: str, redacted: str) -> None:
    assert redact(sql) == redacted


LITERALS = [
    (
        "SELECT 'x', 1, -2.50, 1e5, 0x1F, X'AB', U&'x', DATE '2026-01-01'",
        "SELECT '***', 0, -0.0, 0e0, 0x0, X'00', U&'***', DATE '***'",
    ),
    ("SELECT a FROM t WHERE b IN ('x', 'y') LIMIT 10", "SELECT a FROM t WHERE b IN ('***', '***') LIMIT 0"),
    ('SELECT "a b", `c`, 2d FROM t /* of bob */ -- bob\n', 'SELECT "a b", `c`, 2d FROM t /* *** */ -- ***\n'),
    (
        "SELECT a, f(b, 2) FROM t GROUP BY 1, (2), f(b, 3) ORDER BY 1 LIMIT 5",
        "SELECT a, f(b, 0) FROM t GROUP BY 1, (2), f(b, 0) ORDER BY 1 LIMIT 0",
    ),
    (
        "SELECT a FROM t FOR VERSION AS OF 'audit' WHERE b = 'x'",
        "SELECT a FROM t FOR VERSION AS OF 'audit' WHERE b = '***'",
    ),
    (
        "SELECT a FROM t FOR TIMESTAMP AS OF TIMESTAMP '2026-01-01'",
        "SELECT a FROM t FOR TIMESTAMP AS OF TIMESTAMP '***'",
    ),
    ("CALL s.register_table('s', 't', 's3://b/p', 5)", "CALL s.register_table('s', 't', 's3://b/p', 0)"),
    (
        "ALTER TABLE t EXECUTE add_files(location => 'l') WHERE a = 'x'",
        "ALTER TABLE t EXECUTE add_files(location => 'l') WHERE a = '***'",
    ),
    (
        "SELECT * FROM TABLE(c.system.table_changes('s', 't', 1, 2)) WHERE a = 'x'",
        "SELECT * FROM TABLE(c.system.table_changes('s', 't', 0, 0)) WHERE a = '***'",
    ),
    (
        "SELECT * FROM TABLE(es.system.raw_query(index => 'i', query => '{}'))",
        "SELECT * FROM TABLE(es.system.raw_query(index => 'i', query => '***'))",
    ),
    (
        "SELECT * FROM TABLE(pg.system.query(query => 'SELECT 5'))",
        "SELECT * FROM TABLE(pg.system.query(query => 'SELECT 0'))",
    ),
    (
        "SELECT * FROM TABLE(f(input => TABLE(SELECT 'x' a), n => 't'))",
        "SELECT * FROM TABLE(f(input => TABLE(SELECT '***' a), n => 't'))",
    ),
    (
        "SELECT * FROM u PIVOT (sum(a + 1) FOR m IN (1, 'x' AS y))",
        "SELECT * FROM u PIVOT (sum(a + 0) FOR m IN (1, 'x' AS y))",
    ),
    (
        "TABLE JSON_TABLE(f('x'), '$' COLUMNS (a int PATH 'a' DEFAULT 'x' ON EMPTY, NESTED 'b' COLUMNS (b int)))",
        "TABLE JSON_TABLE(f('***'), '$' COLUMNS (a int PATH 'a' DEFAULT '***' ON EMPTY, NESTED 'b' COLUMNS (b int)))",
    ),
    (
        "SELECT CAST('x' AS varchar(10)), CAST(1 AS decimal(10, 2))",
        "SELECT CAST('***' AS varchar(10)), CAST(0 AS decimal(10, 2))",
    ),
    (
        "EXECUTE IMMEDIATE 'SELECT ''x'', a FROM t GROUP BY 2' USING 'y'",
        "EXECUTE IMMEDIATE 'SELECT ''***'', a FROM t GROUP BY 2' USING '***'",
    ),
    ("SELECT 'x' UNION SELECT 'y", "SELECT '***' UNION SELECT ' ***"),
    ("SELECT 'x' /* bob", "SELECT '***' /* ***"),
    ("WITH FUNCTION f() RETURNS int AS $$ bob $$ SELECT f()", "WITH FUNCTION f() RETURNS int AS $$***$$ SELECT f()"),
]


@pytest.mark.parametrize(("sql", "redacted"), LITERALS)
def test_every_literal_goes_but_what_bears_lineage(sql: str, redacted: str) -> None:
    assert redact(sql, literals=True) == redacted


@pytest.mark.parametrize(("sql", "redacted"), SECRETS)
def test_secrets_go_also_where_every_literal_goes(sql: str, redacted: str) -> None:
    assert redact(sql, literals=True) == redact(redacted, literals=True)


def test_a_parameter_is_secret_when_the_prepared_text_says_so() -> None:
    prepared = "CALL s.p(?, password => ?)"
    assert redact("EXECUTE p USING f('a', 'b'), 'x'", prepared=prepared) == "EXECUTE p USING f('a', 'b'), '***'"
    assert redact("EXECUTE p USING 'a', 'x'") == "EXECUTE p USING 'a', 'x'"


def test_nesting_beyond_what_trino_executes_is_hidden() -> None:
    sql = "SELECT 'bob'"
    for _ in range(6):
        sql = "EXECUTE IMMEDIATE '" + sql.replace("'", "''") + "'"
    assert "bob" not in redact(sql)


@pytest.mark.parametrize(
    ("message", "sql", "literals", "expected"),
    [
        ("Connection refused: jdbc:x://bob:pw@h/d", "", False, "Connection refused: jdbc:x://bob:***@h/d"),
        ("Invalid value hunter2", "CREATE CATALOG c USING x WITH (p = 'hunter2')", False, "Invalid value ***"),
        ("Invalid value hunter22", "CREATE CATALOG c USING x WITH (p = 'hunter2')", False, "Invalid value hunter22"),
        ("line 1:8: Column 'a' cannot be resolved", "SELECT a", True, "line 1:8: Column 'a' cannot be resolved"),
        ("Cannot cast 'bob' to bigint", "", True, "Cannot cast '***' to bigint"),
        ("Cannot cast bob to bigint", "SELECT CAST('bob' AS bigint)", True, "Cannot cast *** to bigint"),
        ("Cannot cast 'bob' to bigint", "SELECT CAST('bob' AS bigint)", False, "Cannot cast 'bob' to bigint"),
        ("Table 'lake.s.t' does not exist", "SELECT 1", True, "Table 'lake.s.t' does not exist"),
    ],
)
def test_failure_messages_lose_what_their_statement_loses(
    message: str, sql: str, literals: bool, expected: str
) -> None:
    assert redact_message(message, sql=sql, literals=literals) == expected


def test_failure_messages_lose_the_secrets_of_the_prepared_text_and_its_parameters() -> None:
    message = "Access denied for bob with hunter2 and hunter3"
    prepared = "CALL s.p(token => 'hunter3', password => ?)"
    redacted = redact_message(message, sql="EXECUTE p USING 'hunter2'", prepared=prepared)
    assert redacted == "Access denied for bob with *** and ***"


def test_secrets_of_sql_inside_json_go_and_the_json_stays() -> None:
    payload = json.dumps({"query": 'CREATE CATALOG c WITH ("connection-password" = \'x\\y\', "a-token" = "z")', "b": 1})
    redacted = json.loads(redact_message(payload))
    assert redacted == {"query": 'CREATE CATALOG c WITH ("connection-password" = \'***\', "a-token" = "***")', "b": 1}
