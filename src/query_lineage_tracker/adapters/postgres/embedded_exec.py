"""Become PostgreSQL: drop privileges, ask to die with the parent, exec. A script of its own, not imported by anybody.

Run as `python -I -S embedded_exec.py PARENT_PID UID GID COMMAND...`; UID -1 keeps the current user.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Replace this process by the command."""
    parent, uid, gid = (int(text) for text in arguments[:3])
    command = arguments[3:]
    # Loaded before the privileges go: the interpreter's files may be readable by root only.
    libc = ctypes.CDLL(None, use_errno=True)
    os.umask(0o077)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After setuid, which clears it. SIGINT is PostgreSQL's fast shutdown.
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:
        raise SystemExit("the parent ended before PostgreSQL was started")
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
