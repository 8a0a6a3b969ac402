"""SHA-256 of files, and the one refusal every download goes through."""

import hashlib
from pathlib import Path

from manifest import File, Refused

CHUNK = 1 << 20  # bytes read at a time; bounds memory for archives of any size


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def check(path: Path, wanted: File) -> None:
    """Stops the build unless `path` is exactly the file that vendor.toml names."""
    found = sha256(path)
    if found != wanted.sha256:
        raise Refused(
            f"a vendored file is not the one vendor.toml names\n"
            f"  file:   {path}\n"
            f"  wanted: sha256 {wanted.sha256}\n"
            f"  found:  sha256 {found}\n"
            f"  remedy: delete the file and run `make vendor` again; if it differs again, its source changed:\n"
            f"          look at what changed before writing the new hash into vendor.toml"
        )
