"""Run `legdesk` in processes of its own that need not import the program again.

Hundreds of tests run a command to its end, and most of what each costs is the interpreter's start.
A server that has imported the program forks one child a command; each child has its own
environment, folder, output and exit code, and nothing that another one did is in it. That the
program starts as a person starts it is shown where `Home.start` and the package are tested.
"""

from __future__ import annotations

import array
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any, Final, NoReturn

PROJECT: Final = Path(__file__).resolve().parent.parent.parent
LONGEST_REQUEST: Final = 1 << 16

_servers: dict[int, CommandServer] = {}


def run_command(
    arguments: list[str], folder: Path, environment: dict[str, str], timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run `legdesk` to its end, as `subprocess.run` would.

    Args:
        arguments: without the program's name.
        folder: that the process works in.
        environment: all of its variables.
        timeout_s: real seconds.

    Raises:
        subprocess.TimeoutExpired: it did not end in time; it was killed.
    """
    return _server().run(arguments, folder, environment, timeout_s)


def run_code(
    code: str, arguments: list[str], folder: Path, environment: dict[str, str], timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, as `python -c` would, but that the engine is imported already.

    Args:
        code: the program.
        arguments: of the program.
        folder: that the process works in.
        environment: all of its variables.
        timeout_s: real seconds.

    Raises:
        subprocess.TimeoutExpired: it did not end in time; it was killed.
    """
    return _server().run(arguments, folder, environment, timeout_s, code)


def _server() -> CommandServer:
    pid = os.getpid()
    if pid not in _servers:  # one for each process of the tests
        _servers[pid] = CommandServer()
    return _servers[pid]


class CommandServer:
    """The process that forks, and a socket to it; it ends with the process of the tests."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"from {__name__} import serve; serve({theirs.fileno()})"],
                cwd=PROJECT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def run(
        self,
        arguments: list[str],
        folder: Path,
        environment: dict[str, str],
        timeout_s: float,
        code: str = "",
    ) -> subprocess.CompletedProcess[str]:
        request = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": environment,
            "code": code,
        }
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            rights = array.array("i", [out.fileno(), err.fileno()])
            self._socket.sendmsg(
                [json.dumps(request).encode()],
                [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)],
            )
            child = int(self._socket.recv(64))
            if not select.select([self._socket], [], [], timeout_s)[0]:
                os.kill(child, signal.SIGKILL)
                self._socket.recv(64)
                raise subprocess.TimeoutExpired(["legdesk", *arguments], timeout_s)
            ended = int(self._socket.recv(64))
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(
                ["legdesk", *arguments],
                ended,
                out.read().decode(errors="replace"),
                err.read().decode(errors="replace"),
            )


def serve(descriptor: int) -> None:
    """Fork a child for each request until the other end is gone; what is read is one request."""
    # For the children: what a command of most tests would import, and nothing that reads the environment.
    import engine.checker
    import engine.desk.opening
    import engine.runs.exchange_records
    import engine.runs.stored  # noqa: F401
    import tui.cli.main  # noqa: F401

    gc.freeze()
    with socket.socket(fileno=descriptor) as asked:
        while True:
            data, descriptors, _, _ = socket.recv_fds(asked, LONGEST_REQUEST, 2)
            if not data:
                return
            child = os.fork()
            if child == 0:
                asked.close()
                _become(json.loads(data), *descriptors)
            for each in descriptors:
                os.close(each)
            asked.send(str(child).encode())
            asked.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _become(request: dict[str, Any], out: int, err: int) -> NoReturn:
    """Be the process of a command; `sys.exit` as `python -m tui` does."""
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    code = 1
    try:
        code = _run(request["arguments"], request.get("code", ""))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _run(arguments: list[str], code: str) -> int:
    if not code:
        sys.argv = ["legdesk", *arguments]
        from tui.cli.main import main

        return main()
    sys.argv = ["-c", *arguments]
    try:
        exec(code, {"__name__": "__main__"})
    except Exception:
        traceback.print_exc()
        return 1
    return 0
