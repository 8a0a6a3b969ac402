"""The C compiler of everything we ship: zig with the glibc floor, our own headers and archives, a relative run path."""

import os
from pathlib import Path

from manifest import ROOT, cache

# Fixed, so that two builds of the same sources are the same bytes.
EPOCH = "1700000000"

CC = """#!/bin/sh
# Made by tools/vendor. Compiling sees our headers; linking also our archives and a run path beside the program.
for argument in "$@"; do
  case "$argument" in -c|-E|-S|-M|-MM) exec {tools}/zigcc -I"$ATOLL_DEPS/include" "$@";; esac
done
exec {tools}/zigcc -I"$ATOLL_DEPS/include" -L"$ATOLL_DEPS/lib" "$@" '-Wl,-rpath,$ORIGIN/../lib' -lpthread -ldl
"""
AR = """#!/bin/sh
exec {tools}/zigar "$@"
"""
RANLIB = """#!/bin/sh
exec {tools}/zigar s "$@"
"""


def environment(work: Path, deps: Path) -> dict[str, str]:
    """Writes the wrappers into `work` and returns the variables a configure script needs to use them.

    The wrappers are found by PATH, so that no path of this machine gets into a program that records how it was built.
    """
    folder = work / "wrappers"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("atoll-cc", CC), ("atoll-ar", AR), ("atoll-ranlib", RANLIB)):
        path = folder / name
        path.write_text(text.format(tools=ROOT / "tools"))
        path.chmod(0o755)
    tools = cache() / "tools"
    return {
        "ATOLL_DEPS": str(deps),
        "PATH": f"{folder}:{tools / 'bin'}:{os.environ['PATH']}",
        "CARGO_ZIGBUILD_ZIG_PATH": str(next(tools.glob("ziglang-*/ziglang/zig"))),
        "CC": "atoll-cc",
        "AR": "atoll-ar",
        "RANLIB": "atoll-ranlib",
        "SOURCE_DATE_EPOCH": EPOCH,
        "LC_ALL": "C",
        "TZ": "UTC",
        "ZERO_AR_DATE": "1",
    }
