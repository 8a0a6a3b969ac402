"""Third-party programs by vendor.toml: `python3 tools/vendor list | tools | build [NAME...] | embed DIR | path NAME`."""

import argparse
import os
import sys
import time
from pathlib import Path

import embed
import golang
import postgres
import staticlibs
import store
import tools
from manifest import Program, Refused, cache, load


def make(program: Program, programs: dict[str, Program], jobs: int) -> Path:
    """Builds or installs one program, or finds it in the cache."""
    if program.kind in ("wheel", "crate"):
        return tools.install(program)
    if program.kind == "go":
        return golang.build(program, jobs)
    if program.name in staticlibs.RECIPES:
        return staticlibs.build(program, jobs)
    return postgres.build(program, programs, jobs)


def listing(programs: dict[str, Program]) -> None:
    for program in programs.values():
        print(f"{program.key:32} {program.use:6} {program.licence:34} {program.purpose}")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/vendor", description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every program with its use, licence and purpose")
    commands.add_parser("tools", help="install the tools that build Atoll")
    build = commands.add_parser("build", help="build programs (all without a name)")
    build.add_argument("names", nargs="*")
    place = commands.add_parser("embed", help="put what the appliance embeds into a folder")
    place.add_argument("folder", type=Path)
    path = commands.add_parser("path", help="print where a program lies in the cache")
    path.add_argument("name")
    return parser.parse_args(arguments)


def main() -> None:
    options = parse(sys.argv[1:])
    programs = load()
    started = time.monotonic()
    if options.command == "list":
        return listing(programs)
    if options.command == "path":
        program = _named(programs, options.name)
        below = cache() / "tools" / program.key if program.kind in tools.INSTALLERS else store.home(program)
        return print(below)
    if options.command == "tools":
        names = [p.name for p in programs.values() if p.kind in tools.INSTALLERS]
    elif options.command == "embed":
        names = ["postgres"]
    else:
        names = options.names or list(programs)
    for name in names:
        built = make(_named(programs, name), programs, options.jobs)
        if options.command == "embed":
            embed.place(built, options.folder)
    print(f"vendored {', '.join(names)}: {time.monotonic() - started:.0f} s", file=sys.stderr)


def _named(programs: dict[str, Program], name: str) -> Program:
    if name not in programs:
        raise Refused(f"vendor.toml has no `{name}`; it has {', '.join(programs)}")
    return programs[name]


if __name__ == "__main__":
    try:
        main()
    except Refused as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
