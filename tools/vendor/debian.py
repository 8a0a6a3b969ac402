"""Debian source packages, fetched by apt with a configuration of its own: the machine's lists stay as they are."""

import subprocess
import tarfile
from pathlib import Path

import hashes
import store
from manifest import Program, Refused, cache
from steps import output, run

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def fetch(program: Program) -> list[Path]:
    """The program's source files, checked; from the cache when they are there."""
    folder = store.downloads()
    wanted = [(folder / item.name, item) for item in program.files]
    if not all(path.is_file() for path, _ in wanted):
        _download(program, folder)
    for path, item in wanted:
        if not path.is_file():
            raise Refused(
                f"`{program.package}` {program.extra['revision']} is no longer in `{program.extra['suite']}`: "
                f"{item.name} is missing\n"
                f"  remedy: put that file (sha256 {item.sha256}) into {folder}, or move vendor.toml to the "
                f"version that is there now"
            )
        hashes.check(path, item)
    return [path for path, _ in wanted]


def unpack(program: Program, files: list[Path], into: Path) -> None:
    """The upstream sources without their top folder; Debian's patches on top where the entry asks for them."""
    into.mkdir(parents=True)
    log = store.logs(program)
    run(["tar", "-xf", str(files[0]), "-C", str(into), "--strip-components=1"], log)
    if not program.extra.get("patches"):
        return
    patches = next(path for path in files if ".debian.tar." in path.name)
    aside = into / ".debian"
    aside.mkdir()
    run(["tar", "-xf", str(patches), "-C", str(aside), "--strip-components=1"], log)
    for line in (aside / "patches" / "series").read_text().splitlines():
        name = line.split("#")[0].strip()
        if name:
            run(["patch", "-p1", "-s", "-i", str(aside / "patches" / name)], log, cwd=into)


def _download(program: Program, folder: Path) -> None:
    suite = program.extra["suite"]
    env = {"APT_CONFIG": str(_configuration(suite))}
    log = store.logs(program)
    run(["apt-get", "-q", "update"], log, env=env)
    package = f"{program.package}={program.extra['revision']}"
    try:
        run(["apt-get", "-q", "source", "--download-only", package], log, cwd=folder, env=env)
    except Refused:
        found = subprocess.run(
            ["apt-cache", "showsrc", program.package], env=env, capture_output=True, text=True
        ).stdout
        versions = sorted({line.split()[1] for line in found.splitlines() if line.startswith("Version:")})
        raise Refused(
            f"`{package}` is not in Debian `{suite}`; there now: {', '.join(versions) or 'nothing'}\n"
            f"  remedy: move vendor.toml to that version, after a look at what changed (log: {log})"
        ) from None


def _configuration(suite: str) -> Path:
    """An apt.conf whose lists and sources live in our cache and name the archive this machine already uses."""
    base = cache() / "apt" / suite
    for name in ("lists/partial", "archives/partial"):
        (base / name).mkdir(parents=True, exist_ok=True)
    (base / "sources.list").write_text(f"deb-src [signed-by={KEYRING}] {_archive()} {suite} main\n")
    path = base / "apt.conf"
    path.write_text(
        f'Dir::Etc::sourcelist "{base}/sources.list";\n'
        f'Dir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{base}/lists";\n'
        f'Dir::Cache "{base}";\n'
        f'Dir::Cache::archives "{base}/archives";\n'
        f'APT::Sandbox::User "root";\n'
    )
    return path


def _archive() -> str:
    form = "$(CREATED_BY)|$(REPO_URI)|$(ORIGIN)|$(LABEL)|$(COMPONENT)"
    for line in output(["apt-get", "indextargets", "--format", form]).splitlines():
        created, uri, origin, label, component = line.split("|")
        if (created, origin, label, component) == ("Packages", "Debian", "Debian", "main"):
            return uri
    raise Refused("apt knows no Debian archive on this machine\n  remedy: run `apt-get update` and try again")


def names(path: Path) -> list[str]:
    """Member names of an archive, for checks."""
    with tarfile.open(path) as archive:
        return archive.getnames()
