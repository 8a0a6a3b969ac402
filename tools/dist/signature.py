"""Detached Ed25519 signatures that a stock `openssl` makes and checks: nothing of ours is needed to check ours."""

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from manifest import Refused, cache

# A raw Ed25519 public key is the last 32 bytes of its DER form.
RAW_BYTES = 32


@dataclass(frozen=True)
class Key:
    path: Path
    development: bool


@dataclass(frozen=True)
class Published:
    fingerprint: str
    development: bool


def key() -> Key:
    """The release key of ATOLL_RELEASE_KEY, or a development key made once in the cache."""
    given = os.environ.get("ATOLL_RELEASE_KEY")
    if given:
        if not Path(given).is_file():
            raise Refused(f"ATOLL_RELEASE_KEY names no file: {given}")
        return Key(Path(given), development=False)
    path = cache() / "release" / "development.key"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            handle.write(_openssl("genpkey", "-algorithm", "ed25519"))
        part.replace(path)
    return Key(path, development=True)


def publish(private: Key, target: Path) -> Published:
    """Writes the public key beside what it signs, for convenience only: a site compares the fingerprint."""
    target.write_bytes(_openssl("pkey", "-in", str(private.path), "-pubout"))
    raw = _openssl("pkey", "-in", str(private.path), "-pubout", "-outform", "DER")[-RAW_BYTES:]
    return Published(f"sha256:{hashlib.sha256(raw).hexdigest()}", private.development)


def sign(private: Key, public: Path, path: Path) -> Path:
    """Signs one file and checks the signature as a site would."""
    target = path.with_name(path.name + ".sig")
    _openssl("pkeyutl", "-sign", "-inkey", str(private.path), "-rawin", "-in", str(path), "-out", str(target))
    verify = ["pkeyutl", "-verify", "-pubin", "-inkey", str(public), "-rawin", "-in", str(path)]
    _openssl(*verify, "-sigfile", str(target))
    return target


def _openssl(*arguments: str) -> bytes:
    result = subprocess.run(["openssl", *arguments], capture_output=True)
    if result.returncode != 0:
        raise Refused(f"`openssl {arguments[0]}` failed: {result.stderr.decode().strip()}")
    return result.stdout
