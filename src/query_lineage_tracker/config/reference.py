"""The page docs/reference/configuration.md; `python -m query_lineage_tracker.config.reference` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from query_lineage_tracker.config.declaring import Section, Setting, settings_of
from query_lineage_tracker.config.settings import SECTIONS

_INTRODUCTION = """\
# Configuration

<!-- Written by `python -m query_lineage_tracker.config.reference`; change the settings, not this page. -->

Nothing has to be configured to try things out. For a real cluster copy `.env.prod.example` to `.env.prod`, fill it in,
and set `APP_ENV=prod` (or pass `--env prod`). `qlt config show --origin` prints every setting with its value, masked
where secret, and where it came from.

## Where values come from

The first that has a value wins; an empty value counts as none.

| source | example |
|---|---|
| flag on the command line | `qlt run --env prod` |
| environment | `TRINO_HOST=trino.example.com` |
| secret file that the environment names | `TRINO_PASSWORD_FILE=/run/secrets/trino` |
| env file: `.env.dev` or `.env.prod` in the working directory | `TRINO_HOST=trino.example.com` |
| secret file that the env file names | `OMD_TOKEN_FILE=/run/secrets/omd` |
| TOML: `qlt.toml` in the working directory, or what `QLT_CONFIG` names | `[trino]` `host = "trino.example.com"` |
| default | |

`APP_ENV` is `dev` (the default) or `prod` and chooses the env file. In `prod` a database is required, logs are JSON,
and lineage goes to OpenMetadata unless `OMD_KIND` says otherwise. Relative paths are taken from the working directory.
Secret files exist for the settings marked secret below and for `PGPASSWORD`.

Env files hold `NAME=value` lines, with `#` for comments and optional `export`. Single quotes keep everything, double
quotes know `\\n`, `\\t`, `\\"`, `\\\\`; nothing is substituted. An unknown `QLT_`, `TRINO_` or `OMD_` name in an env
file, an unknown name in TOML, and every wrong value are errors (exit code 2), reported together. In the environment,
which belongs to others too, an unknown name is a warning when it looks like one of ours.

## PostgreSQL by libpq's variables

Instead of `POSTGRES_DSN`, `PGHOST` (or `PGHOSTADDR`, `PGSERVICE`), `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE`,
`PGSSLMODE` and the rest of libpq's variables serve as they are, in the environment or in the env file.

## Several clusters

Each `[[cluster]]` in TOML is one cluster: the settings of `[trino]`, overridden by its own. Their names have to differ.
A command that works on one cluster takes `--cluster NAME`. See [examples/qlt.toml](../../examples/qlt.toml).

## Session defaults

Trino's `system.runtime.queries` does not tell the session catalog and schema of a query. Where the tracker may not see
them over REST either, a default per user and source decides, the first match counting:
`QLT_SESSION_DEFAULTS=airflow/*=hive.etl,*/dbt*=iceberg.marts`, or as TOML tables:

```toml
[[session_defaults]]
user = "airflow"
catalog = "hive"
schema = "etl"
```

Without a match an unqualified name stays unresolved; nothing is guessed.
"""


def reference() -> str:
    """The page, in Markdown."""
    return "\n".join([_INTRODUCTION, *(line for section in SECTIONS for line in _section(section))])


def _section(section: type[Section]) -> Iterator[str]:
    yield f"## `[{section.section}]`\n"
    yield f"{(section.__doc__ or '').splitlines()[0]}\n"
    yield "| variable | in TOML | default | expected | meaning |"
    yield "|---|---|---|---|---|"
    for key, setting in settings_of(section):
        yield f"| `{setting.name}` | `{key}` | {_default(setting)} | {setting.kind.expected} | {_meaning(setting)} |"
    yield ""


def _default(setting: Setting) -> str:
    return f"`{setting.default}`" if setting.default else setting.otherwise or "none"


def _meaning(setting: Setting) -> str:
    return (
        f"{setting.meaning} Secret; `{setting.name}_FILE` names a file instead." if setting.secret else setting.meaning
    )


if __name__ == "__main__":
    sys.stdout.write(reference())
