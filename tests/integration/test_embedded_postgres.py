"""The launcher of the embedded PostgreSQL, with real processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from tests.integration.conftest import reachable_directory

from query_lineage_tracker.adapters.postgres.embedded import start_or_attach
from query_lineage_tracker.errors import ConfigurationError

PARENT = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from query_lineage_tracker.adapters.postgres.embedded import start_or_attach
    print(start_or_attach(Path(sys.argv[1])).dsn, flush=True)
    time.sleep(600)
    """
)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with reachable_directory() as directory:
        yield directory / "pg"


@pytest.fixture
def parent(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that started the server and waits."""
    with subprocess.Popen([sys.executable, "-c", PARENT, str(data_dir)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()
    wait_until_gone(data_dir)


def postmaster_pid(data_dir: Path) -> int | None:
    try:
        return int((data_dir / "data" / "postmaster.pid").read_text().split("\n")[0])
    except FileNotFoundError:
        return None


def wait_until_gone(data_dir: Path) -> None:
    """Until no server has the directory any more."""
    wait_for(lambda: postmaster_pid(data_dir) is None)


def wait_for(holds: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "the server did not end cleanly"
        time.sleep(0.02)


def select_one(dsn: str) -> object:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT 1").fetchone()


def test_starts_answers_without_tcp_and_stops_cleanly(data_dir: Path) -> None:
    server = start_or_attach(data_dir)
    try:
        with psycopg.connect(server.dsn) as connection:
            shown = connection.execute(
                "SELECT current_setting('listen_addresses'), current_setting('fsync'),"
                " current_setting('unix_socket_permissions'), current_database()"
            ).fetchone()
        assert shown == ("", "on", "0700", "qlt")
        assert server.owned
        assert oct(server.layout.socket_dir.stat().st_mode & 0o777) == "0o700"
    finally:
        server.stop()
    assert postmaster_pid(data_dir) is None
    assert "database system is shut down" in server.layout.log.read_text()
    server.stop()


def test_a_second_process_attaches_and_leaves_the_server_alone(data_dir: Path, parent: subprocess.Popen[str]) -> None:
    pid = postmaster_pid(data_dir)
    attached = start_or_attach(data_dir)
    attached.stop()
    assert not attached.owned
    assert select_one(attached.dsn) == (1,)
    assert postmaster_pid(data_dir) == pid


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_ends_cleanly_when_its_parent_is_killed(
    data_dir: Path, parent: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert postmaster_pid(data_dir) is not None
    parent.send_signal(number)
    parent.wait(10)
    wait_until_gone(data_dir)
    # It says so after its lock file is gone.
    wait_for(lambda: "database system is shut down" in (data_dir / "server.log").read_text())


def test_starting_while_the_old_server_shuts_down_waits_for_its_end(
    data_dir: Path, parent: subprocess.Popen[str]
) -> None:
    parent.kill()
    parent.wait(10)
    server = start_or_attach(data_dir)
    try:
        assert select_one(server.dsn) == (1,)
    finally:
        server.stop()


def test_a_pid_file_that_names_another_live_process_is_put_aside(data_dir: Path) -> None:
    start_or_attach(data_dir).stop()
    (data_dir / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{data_dir / 'data'}\n1\n5432\n")
    server = start_or_attach(data_dir)
    try:
        assert select_one(server.dsn) == (1,)
    finally:
        server.stop()


def test_a_path_too_long_for_a_socket_gets_a_private_directory_elsewhere(data_dir: Path) -> None:
    server = start_or_attach(data_dir / ("long" * 20))
    try:
        assert select_one(server.dsn) == (1,)
        assert server.layout.home not in server.layout.socket_dir.parents
        assert oct(server.layout.socket_dir.stat().st_mode & 0o777) == "0o700"
    finally:
        server.stop()


def test_data_of_another_major_version_is_refused_by_name(data_dir: Path) -> None:
    start_or_attach(data_dir).stop()
    (data_dir / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(ConfigurationError, match="written by PostgreSQL 12"):
        start_or_attach(data_dir)


def test_a_directory_without_binaries_is_a_configuration_error(data_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="QLT_PG_BIN_DIR"):
        start_or_attach(data_dir, bin_dir=tmp_path)


def test_another_thread_than_the_main_one_is_refused(data_dir: Path) -> None:
    seen: list[BaseException] = []

    def start() -> None:
        try:
            start_or_attach(data_dir)
        except RuntimeError as error:
            seen.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(seen[0])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_a_data_directory_that_the_server_cannot_reach_gets_a_stand_in_that_goes_with_it(data_dir: Path) -> None:
    home = data_dir.parent / "home"
    homes = set()
    for _ in range(2):
        home.mkdir(mode=0o700)
        for _ in range(2):
            server = start_or_attach(home / "pg")
            assert select_one(server.dsn) == (1,)
            server.stop()
            homes.add(server.layout.home)
        shutil.rmtree(home)
    assert len(homes) == 2
    for stand_in in homes:
        shutil.rmtree(stand_in)
