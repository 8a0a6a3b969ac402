"""vendor.toml, read and checked: what each third-party program is, and nothing about how it is built."""

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("debian-source", "go", "wheel", "crate")
REQUIRED = ("name", "version", "kind", "package", "licence", "purpose", "use")
# What a program is for: `ship` leaves the house inside a delivery, `build` makes it, `test` proves it.
USES = ("ship", "build", "test")


class Refused(Exception):
    """Something vendor.toml promises does not hold. The text is the whole message for the person at the console."""


@dataclass(frozen=True)
class File:
    name: str
    sha256: str


@dataclass(frozen=True)
class Program:
    name: str
    version: str
    kind: str
    package: str
    licence: str
    purpose: str
    use: str
    files: tuple[File, ...]
    needs: tuple[str, ...] = ()
    extra: dict = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.name}-{self.version}"


def load(path: Path = ROOT / "vendor.toml") -> dict[str, Program]:
    """Every program of vendor.toml by name, in the order of the file."""
    with path.open("rb") as handle:
        document = tomllib.load(handle)
    programs: dict[str, Program] = {}
    for entry in document["program"]:
        program = _program(entry, path)
        if program.name in programs:
            raise Refused(f"{path.name}: `{program.name}` is named twice")
        programs[program.name] = program
    for program in programs.values():
        for need in program.needs:
            if need not in programs:
                raise Refused(f"{path.name}: `{program.name}` needs `{need}`, which is not there")
    return programs


def cache() -> Path:
    """The one folder outside the repository that vendoring writes to."""
    default = Path.home() / ".cache" / "atoll"
    return Path(os.environ.get("ATOLL_CACHE") or default)


def _program(entry: dict, path: Path) -> Program:
    missing = [key for key in REQUIRED if not entry.get(key)]
    if missing:
        raise Refused(f"{path.name}: `{entry.get('name', '?')}` lacks {', '.join(missing)}")
    if entry["kind"] not in KINDS:
        raise Refused(f"{path.name}: `{entry['name']}` has the unknown kind `{entry['kind']}`")
    if entry["use"] not in USES:
        raise Refused(f"{path.name}: `{entry['name']}` has the unknown use `{entry['use']}`")
    known = {key: entry[key] for key in REQUIRED}
    rest = {key: value for key, value in entry.items() if key not in (*REQUIRED, "file", "needs")}
    files = tuple(File(item["name"], item["sha256"]) for item in entry.get("file", []))
    if not files:
        raise Refused(f"{path.name}: `{entry['name']}` names no file with a sha256")
    return Program(**known, files=files, needs=tuple(entry.get("needs", [])), extra=rest)
