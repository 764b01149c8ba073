"""A PostgreSQL of our own for development and demo: started as a foreground child that dies with us.

The server listens on a socket in a private directory only, knows exactly one operating system user (peer
authentication), and runs with fsync on. A second process on the same data directory attaches to the running server;
it ends when the process that started it ends, however that ends. On systems without PR_SET_PDEATHSIG (macOS) a
SIGKILL of the tracker leaves the server running and the next start attaches to it.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from query_lineage_tracker.adapters.postgres import embedded_exec
from query_lineage_tracker.adapters.postgres.embedded_layout import Layout, lay_out
from query_lineage_tracker.errors import ConfigurationError, StoreUnreachable

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_PAUSE = 0.02
_SUPERUSER = "qlt"
_DATABASE = "qlt"
# PostgreSQL's own Unicode tables, since version 17: searches of texts take half the time that they take with libc's.
_OWN_UNICODE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running server. `owned` when we started it; `stop` ends it then, and does nothing otherwise."""

    dsn: str
    owned: bool
    layout: Layout
    process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """End the server that we started; safe to call twice."""
        if self.process is None or self.process.poll() is not None:
            return
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            self.process.send_signal(number)
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            return


def start_or_attach(data_dir: Path, bin_dir: Path | None = None) -> EmbeddedServer:
    """Attach to the server that runs on the data directory, or start one.

    Call it in the main thread: the server dies with the thread that started it. Raises ConfigurationError when it
    cannot be started as things are (no binaries, foreign data), StoreUnreachable when it does not come up.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("the embedded PostgreSQL must be started in the main thread")
    layout = lay_out(data_dir, bin_dir)
    with _launch_lock(layout):
        if _running(layout):
            return EmbeddedServer(dsn=_dsn(layout), owned=False, layout=layout)
        if not (layout.data / "PG_VERSION").exists():
            _initialize(layout)
        _check_version(layout)
        process = _spawn(layout)
        _await_ready(layout, process)
    return EmbeddedServer(dsn=_dsn(layout), owned=True, layout=layout, process=process)


def _dsn(layout: Layout, database: str = _DATABASE) -> str:
    return make_conninfo(host=str(layout.socket_dir), port=5432, user=_SUPERUSER, dbname=database)


@contextmanager
def _launch_lock(layout: Layout) -> Iterator[None]:
    with layout.lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _running(layout: Layout) -> bool:
    """Whether a server answers; waits for one that is starting up or shutting down to make up its mind."""
    deadline = time.monotonic() + _START_SECONDS
    while (pid := _postmaster(layout)) is not None:
        if _answers(layout):
            return True
        if time.monotonic() > deadline:
            raise StoreUnreachable(
                f"the embedded PostgreSQL (process {pid}) on {layout.data} runs and does not answer",
                hint=f"Look into {layout.log}.",
            )
        time.sleep(_PAUSE)
    return False


def _postmaster(layout: Layout) -> int | None:
    """The process id of a live server on our data; a pid file that a dead one left behind is put aside."""
    pid_file = layout.data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    except PermissionError:  # alive, of another user
        pass
    if _is_postgres(pid, layout):
        return pid
    # The number was given to somebody else since; PostgreSQL would take that process for a live server.
    pid_file.unlink(missing_ok=True)
    return None


def _is_postgres(pid: int, layout: Layout) -> bool:
    proc = Path("/proc") / str(pid)
    if not proc.exists():
        return sys.platform != "linux"
    try:
        return b"postgres" in (proc / "cmdline").read_bytes() and proc.joinpath("cwd").resolve() == layout.data
    except OSError:
        return False


def _answers(layout: Layout) -> bool:
    try:
        psycopg.connect(_dsn(layout, "postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _initialize(layout: Layout) -> None:
    """Create the data directory, complete or not at all."""
    draft = layout.home / "data.draft"
    shutil.rmtree(draft, ignore_errors=True)
    options = ["--username", _SUPERUSER, "--encoding=UTF8", "--auth=peer", "--no-instructions", "-D", str(draft)]
    # Trigrams of other scripts than Latin need a UTF-8 character type; some systems have no such locale.
    for locale, provider in product(("C.UTF-8", "en_US.UTF-8", "C"), (_OWN_UNICODE, [])):
        command = [str(layout.bin_dir / "initdb"), *options, f"--locale={locale}", *provider]
        ended = subprocess.run(_as_server(layout, command), capture_output=True, cwd=layout.home, check=False)  # noqa: S603
        if ended.returncode == 0:
            break
    else:
        raise StoreUnreachable(f"initdb failed: {ended.stderr.decode(errors='replace').strip()}")
    draft.rename(layout.data)


def _check_version(layout: Layout) -> None:
    data_version = (layout.data / "PG_VERSION").read_text().strip()
    told = subprocess.run([layout.bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    version = told.stdout.split()[2].split(".")[0]
    if version != data_version:
        raise ConfigurationError(
            f"{layout.data} was written by PostgreSQL {data_version} and {layout.bin_dir} holds {version}",
            hint=f"Set QLT_PG_BIN_DIR to binaries of PostgreSQL {data_version}, or QLT_DATA_DIR to a new directory.",
        )


def _spawn(layout: Layout) -> subprocess.Popen[bytes]:
    client = pwd.getpwuid(os.geteuid()).pw_name
    (layout.data / "pg_ident.conf").write_text(f'qlt "{client}" {_SUPERUSER}\nqlt "{layout.user.name}" {_SUPERUSER}\n')
    (layout.data / "pg_hba.conf").write_text("local all all peer map=qlt\n")
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(layout.socket_dir),
        "unix_socket_permissions": "0700",
        "port": "5432",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",
        "shared_buffers": "256MB",
        "max_wal_size": "2GB",
        "log_checkpoints": "off",
    }
    command = [str(layout.bin_dir / "postgres"), "-D", str(layout.data)]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with layout.log.open("ab") as log:
        # A session of its own: Ctrl-C at the terminal is for us, who then finish the batch and stop the server.
        return subprocess.Popen(  # noqa: S603
            _as_server(layout, command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=layout.home,
            start_new_session=True,
        )


def _as_server(layout: Layout, command: list[str]) -> list[str]:
    """The command, run as the server's user by the exec helper."""
    uid, gid = (layout.user.uid, layout.user.gid) if layout.user.switch else (-1, -1)
    helper = [sys.executable, "-I", "-S", str(Path(embedded_exec.__file__)), str(os.getpid()), str(uid), str(gid)]
    return [*helper, *command]


def _await_ready(layout: Layout, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(layout):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise StoreUnreachable(
                f"the embedded PostgreSQL did not start: {_last_lines(layout.log)}", hint=f"Look into {layout.log}."
            )
        time.sleep(_PAUSE)
    with psycopg.connect(_dsn(layout, "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE]).fetchone():
            connection.execute("CREATE DATABASE qlt")


def _last_lines(log: Path, count: int = 5) -> str:
    try:
        return " | ".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return "no log"
