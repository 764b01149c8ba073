from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from query_lineage_tracker.config import Configuration, SessionDefault, describe, load
from query_lineage_tracker.errors import ConfigurationError

PROD = {
    "POSTGRES_DSN": "postgresql://qlt:s3cret@db/qlt",
    "OMD_URL": "https://omd",
    "OMD_TOKEN": "t0ken",
    "TRINO_HOST": "t",
}


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / {"dev": ".env.dev", "prod": ".env.prod", "toml": "qlt.toml"}.get(name, name)).write_text(text)


def loaded(folder: Path, environ: Mapping[str, str] | None = None, **flags: str) -> Configuration:
    return load(flags=flags, environ=environ or {}, cwd=folder)


def problems(folder: Path, environ: Mapping[str, str] | None = None, env: str | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(env, {}, environ or {}, folder)
    assert caught.value.exit_code == 2
    return str(caught.value)


def origin(configuration: Configuration, name: str) -> str:
    return next(row.origin for row in describe(configuration) if row.name == name)


def shown(configuration: Configuration, name: str) -> str:
    return next(row.value for row in describe(configuration) if row.name == name)


def test_nothing_given_is_a_working_dev_configuration(tmp_path: Path) -> None:
    configuration = loaded(tmp_path)
    assert configuration.env == "dev"
    assert configuration.postgres.embedded and not configuration.postgres.dsn
    assert (configuration.omd.kind, configuration.omd.sink_file) == (("file",), tmp_path / ".qlt/lineage.jsonl")
    assert configuration.ingest.poll_interval == timedelta(seconds=30)
    assert [row.origin for row in describe(configuration)] == ["default"] * len(describe(configuration))
    assert configuration.warnings == ()


def test_each_source_wins_over_the_next(tmp_path: Path) -> None:
    write(tmp_path, toml="[ingest]\nbatch_size = 5", dev="BATCH_SIZE=4")
    assert loaded(tmp_path, {"BATCH_SIZE": "2"}, BATCH_SIZE="1").ingest.batch_size == 1
    assert loaded(tmp_path, {"BATCH_SIZE": "2"}).ingest.batch_size == 2
    assert loaded(tmp_path).ingest.batch_size == 4
    (tmp_path / ".env.dev").unlink()
    assert loaded(tmp_path).ingest.batch_size == 5
    (tmp_path / "qlt.toml").unlink()
    assert loaded(tmp_path).ingest.batch_size == 2000


def test_a_secret_file_stands_between_environment_and_env_file(tmp_path: Path) -> None:
    write(tmp_path, dev="OMD_TOKEN=from-file-of-env\nOMD_URL=https://omd", a="from-a\n", b="from-b\r\n")
    named = {"OMD_TOKEN_FILE": "a"}
    for environ, value, origin_ in (
        ({**named, "OMD_TOKEN": "direct"}, "direct", "environment"),
        (named, "from-a", "secret file OMD_TOKEN_FILE, environment"),
        ({}, "from-file-of-env", "file .env.dev:1"),
    ):
        configuration = loaded(tmp_path, environ)
        assert configuration.omd.token is not None
        assert (configuration.omd.token.reveal(), origin(configuration, "OMD_TOKEN")) == (value, origin_)


def test_an_env_file_and_toml_name_secret_files_too(tmp_path: Path) -> None:
    write(tmp_path, secret="s\n", dev="OMD_TOKEN_FILE=secret", toml='[trino]\npassword_file = "secret"')
    configuration = loaded(tmp_path)
    assert configuration.omd.token is not None and configuration.omd.token.reveal() == "s"
    assert origin(configuration, "OMD_TOKEN") == "secret file OMD_TOKEN_FILE, file .env.dev:1"
    assert configuration.clusters[0].password is not None
    assert origin(configuration, "TRINO_PASSWORD") == "qlt.toml [trino].password_file"


def test_an_unused_secret_file_need_not_exist(tmp_path: Path) -> None:
    configuration = loaded(tmp_path, {"OMD_TOKEN": "direct", "OMD_TOKEN_FILE": "/nowhere"})
    assert configuration.omd.token is not None and configuration.omd.token.reveal() == "direct"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(None, "cannot read"), (b"\n", "is empty"), (b"\xff\xfe", "is not UTF-8 text"), (b"a" * 2_000_000, "larger")],
)
def test_a_secret_file_that_is_no_secret_is_named_without_its_content(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    told = problems(tmp_path, {"OMD_TOKEN_FILE": "secret"})
    assert told.startswith("OMD_TOKEN (secret file OMD_TOKEN_FILE, environment): ") and complaint in told


def test_env_files_know_quotes_comments_and_export(tmp_path: Path) -> None:
    text = (
        "\ufeff# comment\r\n\r\nexport TRINO_HOST = trino.example.com # here\r\nTRINO_USER='a # b'\r\n"
        'TRINO_SOURCE="x \\"y\\" \\\\ z" # c\r\nQLT_EXPECTED_USERS=a#b,c\r\n'
    )
    (tmp_path / ".env.dev").write_bytes(text.encode())
    cluster = loaded(tmp_path).cluster()
    assert (cluster.host, cluster.user, cluster.source) == ("trino.example.com", "a # b", 'x "y" \\ z')
    assert cluster.expected_users == ("a#b", "c")


def test_an_empty_value_counts_as_none(tmp_path: Path) -> None:
    write(tmp_path, dev="TRINO_HOST=fallback\nTRINO_PASSWORD=\n")
    cluster = loaded(tmp_path, {"TRINO_HOST": ""}).cluster()
    assert (cluster.host, cluster.auth) == ("fallback", "none")


def test_a_line_that_assigns_nothing_is_named_by_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, dev='# fine\nTRINO_HOST "a"\nTRINO_USER="open')
    told = problems(tmp_path)
    assert "file .env.dev:2 is not a line of the form NAME=value" in told
    assert "file .env.dev:3 is not a line of the form NAME=value" in told


def test_a_name_given_twice_is_a_warning_and_the_last_one_counts(tmp_path: Path) -> None:
    write(tmp_path, dev="BATCH_SIZE=1\nBATCH_SIZE=2")
    configuration = loaded(tmp_path)
    assert configuration.ingest.batch_size == 2
    assert configuration.warnings == ("BATCH_SIZE (file .env.dev:2) replaces the one from file .env.dev:1",)


def test_all_problems_are_reported_together_with_origin_shape_and_expectation(tmp_path: Path) -> None:
    write(tmp_path, dev="TRINO_PORT=eighty\nQLT_REDACT_LITERAL=true", toml="[ingest]\nbatch_size = 0")
    told = problems(tmp_path, {"POLL_INTERVAL": "soon"})
    assert told.splitlines() == [
        "4 settings are wrong:",
        "  QLT_REDACT_LITERAL (file .env.dev:2) is not a setting; did you mean QLT_REDACT_LITERALS?",
        "  TRINO_PORT (file .env.dev:1): 'eighty' is not a whole number from 1 to 65535",
        "  POLL_INTERVAL (environment): 'soon' is not a duration from 1s to 1h, such as 30s, 5m, 1h",
        "  BATCH_SIZE (qlt.toml [ingest].batch_size): '0' is not a whole number from 1 to 50000",
    ]


def test_a_wrong_secret_is_shown_by_its_length_only(tmp_path: Path) -> None:
    told = problems(
        tmp_path, {"OMD_TOKEN": "hush\x00hush", "POSTGRES_DSN": "mysql://u:hush@h", "OMD_URL": "ftp://u:hush@h"}
    )
    assert "hush" not in told
    assert "OMD_TOKEN (environment): a text of 9 characters is not text without control characters" in told
    assert "OMD_URL (environment): a text of 14 characters is not" in told


def test_a_misspelt_variable_explains_a_missing_one(tmp_path: Path) -> None:
    told = problems(tmp_path, {"POSTGRES_DNS": "postgresql://db", "OMD_KIND": "none"}, "prod")
    assert "POSTGRES_DSN (or libpq's PGHOST, PGHOSTADDR, PGSERVICE) is required when APP_ENV=prod" in told
    assert "POSTGRES_DNS (environment) is not a setting; did you mean POSTGRES_DSN?" in told


def test_variables_of_others_in_the_environment_are_left_alone(tmp_path: Path) -> None:
    environ = {"TRINO_HOME": "/opt/trino", "QLT_CACHE": "/c", "PATH": "/bin", "PGSYSCONFDIR": "/etc"}
    assert loaded(tmp_path, environ).warnings == ()


def test_an_environment_that_is_neither_dev_nor_prod_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, {"APP_ENV": "staging"}) == "APP_ENV (environment): 'staging' is not one of dev, prod"
    assert problems(tmp_path, {"APP_ENV": "dev"}, "live").startswith("APP_ENV (flag --env): 'live'")


def test_the_environment_chooses_the_env_file(tmp_path: Path) -> None:
    write(tmp_path, dev="BATCH_SIZE=1", prod="BATCH_SIZE=2\nAPP_ENV=prod")
    assert loaded(tmp_path).ingest.batch_size == 1
    assert loaded(tmp_path, {"APP_ENV": "prod", **PROD}).ingest.batch_size == 2
    assert load("prod", {}, {"APP_ENV": "dev", **PROD}, tmp_path).ingest.batch_size == 2


def test_an_env_file_that_claims_to_be_another_is_refused(tmp_path: Path) -> None:
    write(tmp_path, dev="APP_ENV=prod")
    assert problems(tmp_path) == "APP_ENV (file .env.dev:1) contradicts the name of its file"


def test_prod_needs_a_database_and_a_catalog_or_a_word_that_it_goes_without(tmp_path: Path) -> None:
    told = problems(tmp_path, env="prod")
    assert "POSTGRES_DSN" in told
    assert "OMD_URL is required when APP_ENV=prod and OMD_KIND is not given; OMD_KIND=file or none goes without" in told
    configuration = load("prod", {}, {"PGSERVICE": "qlt", "OMD_KIND": "none"}, tmp_path)
    assert (configuration.omd.kind, configuration.postgres.embedded) == (("none",), False)
    assert configuration.observability.log_format == "json"


@pytest.mark.parametrize("name", ["PGHOST", "PGHOSTADDR", "PGSERVICE"])
def test_libpq_in_the_environment_is_left_to_libpq(tmp_path: Path, name: str) -> None:
    postgres = loaded(tmp_path, {name: "db", "PGPASSWORD": "p"}).postgres
    assert (postgres.named, postgres.embedded, postgres.dsn.reveal()) == (True, False, "")


def test_libpq_in_an_env_file_is_handed_over_where_the_environment_is_silent(tmp_path: Path) -> None:
    write(tmp_path, dev="PGHOST=db\nPGUSER=qlt\nPGPASSWORD='it\\'\nPGDATABASE=x", secret="from file\n")
    configuration = loaded(tmp_path, {"PGUSER": "other", "PGPASSWORD_FILE": "secret"})
    assert configuration.postgres.dsn.reveal() == "host='db' dbname='x' password='from file'"
    assert "from file" not in repr(configuration)
    assert "from file" in configuration.secret_values()
    assert shown(configuration, "PGPASSWORD") == "****"
    assert "password='it\\\\'" in loaded(tmp_path).postgres.dsn.reveal()


def test_a_dsn_and_libpq_variables_in_one_file_are_refused(tmp_path: Path) -> None:
    write(tmp_path, dev="POSTGRES_DSN=postgresql://db\nPGSSLMODE=require")
    assert "PGSSLMODE: put it into POSTGRES_DSN" in problems(tmp_path)


def test_a_dsn_is_shown_without_its_password(tmp_path: Path) -> None:
    configuration = load("prod", {}, PROD, tmp_path)
    assert shown(configuration, "POSTGRES_DSN") == "postgresql://qlt:****@db/qlt"
    assert "s3cret" not in repr(configuration) and "t0ken" not in repr(configuration)
    assert {"s3cret", "t0ken"} <= set(configuration.secret_values())


def test_the_plain_variables_make_one_cluster(tmp_path: Path) -> None:
    cluster = loaded(tmp_path, {"TRINO_CLUSTER": "lake", "TRINO_PORT": "8443"}).cluster()
    assert (cluster.name, cluster.namespace, cluster.http_scheme, cluster.auth) == ("lake", "lake", "https", "none")


def test_an_authentication_implies_https_and_its_port(tmp_path: Path) -> None:
    cluster = loaded(tmp_path, {"TRINO_USER": "qlt", "TRINO_PASSWORD": "p"}).cluster()
    assert (cluster.auth, cluster.http_scheme, cluster.port) == ("basic", "https", 443)
    assert loaded(tmp_path, {"TRINO_JWT": "j", "TRINO_PORT": "9"}).cluster().auth == "jwt"


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({"TRINO_PASSWORD": "hush", "TRINO_HTTP_SCHEME": "http"}, "in the clear: use https"),
        ({"TRINO_PASSWORD": "hush", "TRINO_AUTH": "none"}, "TRINO_PASSWORD is given, but TRINO_AUTH is none"),
        ({"TRINO_AUTH": "basic"}, "TRINO_PASSWORD is required with TRINO_AUTH=basic"),
        ({"TRINO_AUTH": "jwt"}, "TRINO_JWT is required with TRINO_AUTH=jwt"),
        ({"TRINO_AUTH": "certificate"}, "TRINO_CERTIFICATE_KEY is required with TRINO_AUTH=certificate"),
        ({"TRINO_CERTIFICATE": "gone.pem"}, "TRINO_CERTIFICATE: there is no file"),
        ({"TRINO_VERIFY": "gone.pem"}, "TRINO_VERIFY: there is no file"),
        ({"TRINO_AUTH": "kerberos", "TRINO_HTTP_SCHEME": "http"}, "credentials of TRINO_AUTH=kerberos"),
        ({"TRINO_HOST": "https://trino"}, "without scheme, port and path"),
        ({"OMD_KIND": "openmetadata"}, "OMD_URL is required with OMD_KIND=openmetadata"),
        ({"OMD_URL": "https://omd"}, "OMD_TOKEN (or OMD_TOKEN_FILE) is required for openmetadata"),
        ({"OMD_KIND": "none", "QLT_OMD_COLUMNS": "true"}, "QLT_OMD_COLUMNS=true needs openmetadata among OMD_KIND"),
        ({"OMD_KIND": "file,rest"}, "OMD_URL is required with OMD_KIND=rest"),
        ({"OMD_KIND": "file,none"}, "'file,none' is not one or several of"),
        ({"OMD_KIND": "openmetadata,rest", "OMD_URL": "https://omd", "OMD_TOKEN": "t"}, "QLT_REST_URL is required"),
        ({"QLT_REST_TOKEN": "hush"}, "QLT_REST_TOKEN is given, but not QLT_REST_URL"),
        ({"QLT_OPENLINEAGE_VERIFY": "gone.pem"}, "QLT_OPENLINEAGE_VERIFY: there is no file"),
        ({"QLT_CONFIG": "gone.toml"}, "QLT_CONFIG (environment): there is no file"),
        ({"QLT_CONFIG": "."}, "is no file"),
        ({"QLT_CONFIG": "x" * 300}, "QLT_CONFIG (environment): cannot reach"),
        ({"TRINO_VERIFY": "x" * 300}, "TRINO_VERIFY: cannot reach"),
        ({"QLT_PAGE_USERS_FILE": "x" * 300}, "QLT_PAGE_USERS_FILE: cannot reach"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    tmp_path: Path, environ: dict[str, str], complaint: str
) -> None:
    told = problems(tmp_path, environ)
    assert complaint in told and "hush" not in told


def test_several_catalogs_are_named_each_once_and_may_stand_in_a_toml_array(tmp_path: Path) -> None:
    assert loaded(tmp_path, {"OMD_KIND": "file, OpenLineage,file"}).omd.kind == ("file", "openlineage")
    write(tmp_path, toml='[omd]\nkind = ["openlineage", "file"]')
    configuration = loaded(tmp_path)
    assert configuration.omd.kind == ("openlineage", "file")
    assert configuration.openlineage.file == tmp_path / ".qlt/openlineage.jsonl"


def test_every_sink_has_a_token_of_its_own_and_none_is_shown(tmp_path: Path) -> None:
    several = {
        "OMD_KIND": "openmetadata,rest,openlineage",
        "OMD_URL": "https://omd",
        "OMD_TOKEN": "first",
        "QLT_REST_URL": "https://catalog",
        "QLT_REST_TOKEN": "second",
        "QLT_OPENLINEAGE_URL": "http://marquez:5000",
        "QLT_OPENLINEAGE_TOKEN": "third",
    }
    configuration = loaded(tmp_path, several)
    assert {"first", "second", "third"} <= set(configuration.secret_values())
    assert configuration.warnings == (
        "QLT_OPENLINEAGE_TOKEN travels unencrypted to marquez: QLT_OPENLINEAGE_URL is http",
    )


def test_a_setting_that_is_wrong_by_itself_raises_no_second_complaint(tmp_path: Path) -> None:
    told = problems(tmp_path, {"TRINO_AUTH": "basic", "TRINO_PASSWORD": "a\x00b"})
    assert told == "TRINO_PASSWORD (environment): a text of 3 characters is not text without control characters"


CLUSTERS = """
[trino]
user = "shared"
expected_users = ["airflow", "dbt"]

[[cluster]]
name = "a"
host = "a.example.com"

[[cluster]]
name = "b"
host = "b.example.com"
port = 8443
user = "own"
password_file = "secret"

[[cluster.session_defaults]]
source = "dbt*"
catalog = "iceberg"
"""


def test_toml_names_several_clusters_over_shared_settings(tmp_path: Path) -> None:
    write(tmp_path, toml=CLUSTERS, secret="hush")
    configuration = loaded(tmp_path)
    a, b = configuration.clusters
    assert (a.name, a.namespace, a.user, a.port, a.expected_users) == ("a", "a", "shared", 8080, ("airflow", "dbt"))
    assert (b.user, b.port, b.auth, b.http_scheme) == ("own", 8443, "basic", "https")
    assert b.session_defaults == (SessionDefault("*", "dbt*", "iceberg", None),)
    assert configuration.cluster("b") is b
    assert origin(configuration, "TRINO_HOST [b]") == "qlt.toml [[cluster]] 2.host"
    assert "hush" in configuration.secret_values() and "hush" not in str(describe(configuration))


def test_a_cluster_has_to_be_chosen_among_several(tmp_path: Path) -> None:
    write(tmp_path, toml=CLUSTERS, secret="hush")
    configuration = loaded(tmp_path)
    with pytest.raises(ConfigurationError, match="there are several clusters; configured are: a, b"):
        configuration.cluster()
    with pytest.raises(ConfigurationError, match="there is no cluster 'c'"):
        configuration.cluster("c")


def test_clusters_need_names_that_differ(tmp_path: Path) -> None:
    for clusters in ('[[cluster]]\nhost = "a"', '[[cluster]]\nname = "a"\n[[cluster]]\nname = "a"'):
        write(tmp_path, toml=clusters)
        assert "each [[cluster]] needs a name" in problems(tmp_path)


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("[ingest]\nbatchsize = 1", "qlt.toml [ingest].batchsize is not a setting; did you mean batch_size?"),
        ("[ingset]\n", "qlt.toml [ingset] is not a table of settings; did you mean ingest?"),
        ("ingest = 1", "qlt.toml [ingest] is not a table"),
        ("[ingest", "qlt.toml is not TOML"),
        ("[ingest]\nbatch_size = [1]", "a TOML value of type list is not a whole number"),
        ("[ingest]\npoll_interval = 2026-01-01", "a TOML value of type date is not a duration"),
        ('[trino]\nexpected_users = ["a,b"]', "a TOML value of type list is not words separated by commas"),
        ('[[session_defaults]]\nuser = "a"', "is not user/source=catalog.schema"),
        ('[[session_defaults]]\ncatalog = "a"\nuesr = "b"', "is not user/source=catalog.schema"),
        ('[[cluster]]\nname = "a"\nhots = "b"', "qlt.toml [[cluster]] 1.hots is not a setting; did you mean host?"),
    ],
)
def test_toml_that_is_wrong_is_named_by_table_and_key(tmp_path: Path, toml: str, complaint: str) -> None:
    write(tmp_path, toml=toml)
    assert complaint in problems(tmp_path)


def test_what_is_allowed_and_probably_not_meant_is_a_warning(tmp_path: Path) -> None:
    environ = {**PROD, "TRINO_HOST": "", "TRINO_AUTH": "oauth2", "OMD_URL": "http://omd:8585"}
    warnings = load("prod", {}, environ, tmp_path).warnings
    assert [warning.split()[0] for warning in warnings] == ["TRINO_HOST", "TRINO_AUTH=oauth2", "OMD_TOKEN"]


def test_relative_paths_are_taken_from_the_working_directory(tmp_path: Path) -> None:
    configuration = loaded(tmp_path, {"QLT_DATA_DIR": "data"})
    assert configuration.postgres.data_dir == tmp_path / "data"
    assert configuration.omd.sink_file == tmp_path / "data/lineage.jsonl"
    assert loaded(tmp_path, {"QLT_SINK_FILE": "/x"}).omd.sink_file == Path("/x")


def test_a_flag_is_named_as_it_is_typed(tmp_path: Path) -> None:
    configuration = load("dev", {"QLT_PG_SCHEMA": "lineage"}, {}, tmp_path)
    assert origin(configuration, "QLT_PG_SCHEMA") == "flag --pg-schema"
    assert origin(configuration, "APP_ENV") == "flag --env"


def test_the_shipped_examples_are_valid(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    secrets = {"TRINO_PASSWORD": "p", "OMD_TOKEN": "t"}
    for env in ("dev", "prod"):
        (tmp_path / f".env.{env}").write_text((root / f".env.{env}.example").read_text())
        assert load(env, {}, secrets if env == "prod" else {}, tmp_path).warnings == ()
    (tmp_path / ".env.prod").unlink()
    example = {"QLT_CONFIG": str(root / "examples/qlt.toml"), "POSTGRES_DSN": "host=db", **secrets}
    clusters = load("prod", {}, example, tmp_path).clusters
    assert [(cluster.name, cluster.namespace) for cluster in clusters] == [("batch", "lake"), ("adhoc", "lake")]
