"""The cache: one folder for each program and version, made aside and renamed into place whole."""

import fcntl
import hashlib
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from manifest import Program, cache

MARK = ".recipe"  # holds the hash of what the folder was made from


def home(program: Program) -> Path:
    return cache() / "vendor" / program.key


def downloads() -> Path:
    path = cache() / "downloads"
    path.mkdir(parents=True, exist_ok=True)
    return path


def logs(program: Program) -> Path:
    return cache() / "logs" / f"{program.key}.log"


def recipe(program: Program, sources: list[Path], needs: list[str]) -> str:
    """The identity of a result: the entry, the code that builds it, and what it was built from."""
    digest = hashlib.sha256(repr(program).encode())
    for source in sorted(sources):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    for need in needs:
        digest.update(need.encode() + b"\0")
    return digest.hexdigest()


def fresh(folder: Path, wanted: str) -> bool:
    mark = folder / MARK
    return mark.is_file() and mark.read_text().strip() == wanted


@contextmanager
def locked(name: str):
    """One builder at a time for each program, so that two `make`s never share a half-made folder."""
    folder = cache() / "vendor"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def staged(target: Path, wanted: str):
    """An empty folder that becomes `target` when the block ends well, and is left for a look when it does not."""
    target.parent.mkdir(parents=True, exist_ok=True)
    stage = target.with_name(f".{target.name}.stage")
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    yield stage
    (stage / MARK).write_text(wanted + "\n")
    shutil.rmtree(target, ignore_errors=True)
    os.replace(stage, target)
