"""Where the program starts: one command line in, one exit code out, never a traceback."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from contextlib import suppress

# stdout that takes nothing: a full disk, or a descriptor that was closed before the program began
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
# A collection is looked for after so many: with Python's 700 a start walks what it has just loaded a hundred times, a tenth of its time.
_NEW_OBJECTS = 200_000
SIGPIPE_EXIT = 141  # 128 + SIGPIPE: what a shell expects of a writer whose reader left
INTERRUPTED = 130  # 128 + SIGINT


def main() -> None:
    """The console script: runs and ends the process with the exit code, whatever signal comes once all is done.

    Python's own end would tidy up memory that goes with the process (40 ms after `batch`). A Ctrl-C meanwhile, or one that met
    it inside some module's `exec` of a text, would be its death by SIGINT there, after all files are written.
    """
    gc.set_threshold(_NEW_OBJECTS)
    _streams()
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # a second one, while the first was answered
        code = INTERRUPTED
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # who reads it has left, or it was closed
            stream.flush()
    os._exit(code)


class _Lenient(io.TextIOWrapper):
    """stderr: what nobody can read is no reason to stop, nor to say that the work was not done."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


def _streams() -> None:
    """Three streams, whatever was closed: the first file opened would stand in the place of a missing one."""
    for number in (0, 1, 2):
        mode = os.O_WRONLY if number == 2 else os.O_RDONLY  # writing to such a stdout fails: it is told
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest free number
    sys.stdin = sys.stdin or open(0, encoding="utf-8")  # noqa: SIM115  # as long as the program
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8")  # noqa: SIM115
    told = open(2, "wb", closefd=False)  # noqa: SIM115
    encoding = sys.stderr.encoding if sys.stderr else "utf-8"
    sys.stderr = _Lenient(told, encoding=encoding, errors="backslashreplace", line_buffering=True)


def run(argv: list[str]) -> int:
    """Run one command line; whatever happens, one line and an exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a pipe or a file gets UTF-8 whatever the locale: it may be JSON
            stream.reconfigure(
                encoding=stream.encoding if stream.isatty() else "utf-8", errors="backslashreplace"
            )
    if hasattr(sys.stdin, "reconfigure"):  # a byte that is no text is an answer not understood, not the end
        sys.stdin.reconfigure(errors="backslashreplace")
    try:
        from cep_route.cli.app import main as typer_main

        code = typer_main(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
        return SIGPIPE_EXIT
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as stop:  # a command was told to stop
        return stop.code if isinstance(stop.code, int) else 1
    except Exception as error:  # noqa: BLE001  # the last wall
        return _failed(error)
    return code


def _abandon_stdout() -> None:
    """Nobody takes what is still in the buffer: without this Python complains once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(error: Exception) -> int:
    """A full disk behind stdout, or a bug of ours: one line that names the kind of error and the place in our code, never a value."""
    from cep_route.cli.console import BUG, CANNOT, tell
    from cep_route.files.write import unwritable
    from cep_route.render.screen import bug_of

    lang = "en" if os.environ.get("CEP_ROUTE_LANG", "").startswith("en") else "fr"
    if isinstance(error, OSError) and error.errno in _FULL:
        _abandon_stdout()
        tell([unwritable("stdout", error)], lang)
        return CANNOT
    if os.environ.get("CEP_ROUTE_DEBUG"):
        raise error
    tell([bug_of(error)], lang)
    return BUG


if __name__ == "__main__":
    main()
