"""Programs built from Go modules. The hash of each module is in the go.sum beside this file, which Go itself checks."""

import os
import shutil
from pathlib import Path

import hashes
import store
from manifest import ROOT, Program, Refused
from steps import run, step

HERE = Path(__file__).parent
LOCKS = HERE / "go"


def build(program: Program, jobs: int) -> Path:
    """A folder with the programs of one module; from the cache when it is there."""
    lock = LOCKS / program.name
    for item in program.files:
        hashes.check(ROOT / item.name, item)
    wanted = store.recipe(program, [HERE / "golang.py", lock / "go.mod", lock / "go.sum"], [])
    target = store.home(program)
    with store.locked(program.key):
        if store.fresh(target, wanted):
            return target
        with step(f"build {program.key} ({program.extra['takes']})"), store.staged(target, wanted) as stage:
            work = stage / "work"
            shutil.copytree(lock, work)
            _compile(program, work, stage, jobs)
            shutil.rmtree(work)
    return target


def _compile(program: Program, work: Path, stage: Path, jobs: int) -> None:
    env = {
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    flags = f"-s -w {program.extra.get('ldflags', '')}".strip()
    command = ["go", "build", "-p", str(jobs), "-ldflags", flags, "-o", f"{stage}{os.sep}", "tool"]
    run(command, store.logs(program), cwd=work, env=env)
    absent = [name for name in program.extra["programs"] if not (stage / name).is_file()]
    if absent:
        raise Refused(f"the build of {program.key} made no {', '.join(absent)}")
