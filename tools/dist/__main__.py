"""Writes what a site receives into dist/: the program, its SBOM, SHA256SUMS and signatures. Run by `make dist`."""

import shutil
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools" / "vendor"))

import checks  # noqa: E402
import sbom  # noqa: E402
import signature  # noqa: E402
from hashes import sha256  # noqa: E402
from manifest import Refused  # noqa: E402

BUILT = ROOT / "target/x86_64-unknown-linux-gnu/site/atoll"
EMBEDDED = ROOT / "target/embed"
DIST = ROOT / "dist"


def version() -> str:
    with (ROOT / "Cargo.toml").open("rb") as handle:
        return tomllib.load(handle)["workspace"]["package"]["version"]


def say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def place(name: str) -> Path:
    """An empty dist/ with the program in it."""
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    program = DIST / name
    shutil.copyfile(BUILT, program)
    program.chmod(0o755)
    return program


def main() -> None:
    release = version()
    for note in checks.embedded(EMBEDDED):
        say(note)
    program = place(f"atoll-{release}-linux-amd64")
    for note in checks.program(program, release):
        say(note)
    bill = DIST / f"atoll-{release}.cdx.json"
    say(f"{sbom.write(bill, release)} components in {bill.name}")

    listed = sorted([program, bill])
    sums = DIST / "SHA256SUMS"
    sums.write_text("".join(f"{sha256(path)}  {path.name}\n" for path in listed))
    key = signature.key()
    public = signature.publish(key, DIST / "release.pub")
    for path in (program, sums):
        signature.sign(key, DIST / "release.pub", path)
    say(f"signed under {public.fingerprint}" + (" (a development key)" if public.development else ""))
    for path in sorted(DIST.iterdir()):
        say(f"{path.stat().st_size:>12}  dist/{path.name}")


if __name__ == "__main__":
    try:
        main()
    except Refused as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        sys.exit(1)
