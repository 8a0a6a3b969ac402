"""What the build script embeds of other people's programs: copied into `target/embed` when it differs."""

import shutil
from pathlib import Path

import hashes

NAMES = ("postgres.tar.zst", "postgres.sha256", "postgres.version")


def place(built: Path, into: Path) -> None:
    """Copies the Postgres archive and its two notes; an unchanged file keeps its time, so that cargo sees no change."""
    into.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        source, target = built / name, into / name
        if target.is_file() and hashes.sha256(target) == hashes.sha256(source):
            continue
        part = target.with_name(f".{name}.part")
        shutil.copyfile(source, part)
        part.replace(target)
