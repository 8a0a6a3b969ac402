"""What a program we ship asks of its host: glibc symbols no newer than the floor, no library but glibc's own."""

import re
from pathlib import Path

from manifest import Refused
from steps import output

FLOOR = (2, 28)  # RHEL 8, the oldest host we promise
VERSION = re.compile(r"\bGLIBC_(\d+)\.(\d+)(?:\.\d+)?\b")
NEEDED = re.compile(r"\(NEEDED\)\s+Shared library: \[(.+)\]")
RUN_PATH = re.compile(r"\((?:RUNPATH|RPATH)\)\s+Library \w+: \[(.*)\]")
# Parts of glibc itself, there on every host.
GLIBC = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1", "ld-linux-x86-64.so.2"}


def programs(folder: Path) -> list[Path]:
    """Every ELF file below a folder, symbolic links aside."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as handle:
            if handle.read(4) == b"\x7fELF":
                found.append(path)
    return found


def highest(path: Path) -> tuple[int, int]:
    """The newest glibc symbol version the file asks for; (0, 0) for a static program."""
    text = output(["readelf", "--version-info", "--wide", str(path)])
    needs = text.split("Version needs section", 1)
    found = [(int(a), int(b)) for a, b in VERSION.findall(needs[1])] if len(needs) == 2 else []
    return max(found, default=(0, 0))


def check(folder: Path) -> tuple[int, int]:
    """Refuses a tree with a program that would not start on the oldest host; returns the newest symbol version."""
    carried = {path.name for path in folder.rglob("lib*.so*")}
    worst = (0, 0)
    problems = []
    for path in programs(folder):
        version = highest(path)
        worst = max(worst, version)
        if version > FLOOR:
            problems.append(f"{path}: GLIBC_{version[0]}.{version[1]}")
        dynamic = output(["readelf", "--dynamic", "--wide", str(path)])
        foreign = set(NEEDED.findall(dynamic)) - GLIBC - carried
        problems += [f"{path}: needs {name}, which is not carried" for name in sorted(foreign)]
        problems += [f"{path}: run path {p}" for p in RUN_PATH.findall(dynamic) if p not in ("", "$ORIGIN/../lib")]
    if problems:
        raise Refused("programs that would not start on every promised host:\n  " + "\n  ".join(problems))
    return worst


def needed(path: Path) -> list[str]:
    """The shared libraries a file asks for."""
    return NEEDED.findall(output(["readelf", "--dynamic", "--wide", str(path)]))


def interpreter(path: Path) -> bool:
    """Whether a program asks for a loader."""
    return "INTERP" in output(["readelf", "--program-headers", "--wide", str(path)])
