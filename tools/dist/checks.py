"""What must hold of every program that leaves the house, shown by looking at it and by starting it."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import elf
import hashes
from manifest import Refused


def embedded(folder: Path) -> list[str]:
    """Postgres and the agent, as the appliance embeds them."""
    notes = []
    archive = folder / "postgres.tar.zst"
    wanted = (folder / "postgres.sha256").read_text().split()[0]
    if hashes.sha256(archive) != wanted:
        raise Refused(f"{archive} is not what {folder}/postgres.sha256 says: run `make embed`")
    with tempfile.TemporaryDirectory(prefix="atoll-dist.") as work:
        _unpack(archive, Path(work))
        newest = elf.check(Path(work))
        count = len(elf.programs(Path(work)))
    notes.append(f"Postgres: {count} programs and libraries, newest symbol GLIBC_{newest[0]}.{newest[1]}")
    agent = folder / "atoll-agent"
    if elf.highest(agent) != (0, 0) or elf.needed(agent) or elf.interpreter(agent):
        raise Refused(f"{agent} is not static")
    notes.append(f"agent: static, starts in an empty root: {_start_alone(agent)}")
    return notes


def program(path: Path, version: str) -> list[str]:
    """The appliance itself: the floor, nothing but glibc, its own version, what it embeds."""
    with tempfile.TemporaryDirectory(prefix="atoll-dist.") as work:
        alone = Path(work) / path.name
        os.link(path, alone) if _same_disk(path, Path(work)) else shutil.copy(path, alone)
        newest = elf.check(Path(work))
    said = subprocess.run([str(path), "--version"], capture_output=True, text=True).stdout.strip()
    if version not in said:
        raise Refused(f"{path} says it is `{said}`, not {version}")
    return [f"{path.name}: newest symbol GLIBC_{newest[0]}.{newest[1]}, `{said}`"]


def _same_disk(one: Path, other: Path) -> bool:
    return one.stat().st_dev == other.stat().st_dev


def _unpack(archive: Path, into: Path) -> None:
    if subprocess.run(["tar", "--zstd", "-xf", str(archive), "-C", str(into)]).returncode != 0:
        raise Refused(f"cannot unpack {archive}")


def _start_alone(agent: Path) -> str:
    """Starts the agent in a root that holds it and nothing else; a user namespace stands in for root's chroot."""
    with tempfile.TemporaryDirectory(prefix="atoll-dist.") as work:
        shutil.copy(agent, Path(work) / "atoll-agent")
        Path(work).chmod(0o755)
        command = ["chroot", work, "/atoll-agent", "--version"]
        if os.geteuid() != 0:
            command = ["unshare", "--map-root-user", f"--root={work}", "/atoll-agent", "--version"]
        result = subprocess.run(command, capture_output=True, text=True, env={"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
    if result.returncode != 0:
        raise Refused(f"{agent} does not start in an empty root: {result.stderr.strip() or result.returncode}")
    return result.stdout.strip()
