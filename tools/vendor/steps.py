"""Running commands as named steps: what is done, how long it took, and the end of the log when it fails."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from manifest import Refused

TAIL_LINES = 25  # enough to show a compiler's error, short enough for a console


@contextmanager
def step(title: str):
    """Prints `title` before and the seconds after."""
    print(f"  {title} ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    yield
    print(f"  {title}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def run(command: list[str], log: Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    """Runs one command with its output in `log`; a failure shows the log's end and where the rest is."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        out.write(f"\n$ {' '.join(command)}\n".encode())
        out.flush()
        result = subprocess.run(command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=out, stderr=out)
    if result.returncode != 0:
        lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        clipped = "\n".join(line[:400] for line in lines)
        raise Refused(f"`{command[0]}` ended with {result.returncode}; the whole log is {log}\n{clipped}")


def output(command: list[str], env: dict[str, str] | None = None) -> str:
    """Standard output of a command that must succeed."""
    result = subprocess.run(command, env={**os.environ, **(env or {})}, capture_output=True, text=True)
    if result.returncode != 0:
        raise Refused(f"`{' '.join(command)}` ended with {result.returncode}: {result.stderr.strip()}")
    return result.stdout
