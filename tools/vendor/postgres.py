"""Our Postgres: built from source with the glibc floor, its libraries linked in, relocatable, packed reproducibly."""

import shutil
from pathlib import Path

import archive
import compiler
import debian
import elf
import hashes
import staticlibs
import store
from manifest import Program, Refused
from steps import run, step

HERE = Path(__file__).parent
# Every data file and library is found relative to the program, so the prefix only shapes the tree.
PREFIX = "/opt/atoll-postgres"
# No ICU: locale C or the builtin provider, so that a physical backup restores on any host. No readline: its licence
# and its absence from hosts; psql works without.
OPTIONS = (
    "--build=x86_64-linux-gnu --host=x86_64-linux-gnu --disable-rpath --with-ssl=openssl --with-zstd --with-lz4 "
    "--without-icu --without-readline"
).split()
# What a site needs; the build is refused when one is missing.
PROGRAMS = (
    "initdb pg_amcheck pg_archivecleanup pg_basebackup pg_checksums pg_combinebackup pg_config pg_controldata pg_ctl "
    "pg_dump pg_dumpall pg_isready pg_receivewal pg_recvlogical pg_resetwal pg_restore pg_rewind pg_test_fsync "
    "pg_test_timing pg_upgrade pg_verifybackup pg_waldump pg_walsummary pgbench postgres psql reindexdb vacuumdb"
).split()
EXTENSIONS = "amcheck btree_gin btree_gist pageinspect pg_stat_statements pg_trgm pg_visibility pgcrypto pgstattuple".split()
# Only of use to someone who compiles against Postgres.
DEVELOPMENT = ("include", "lib/pgxs", "lib/pkgconfig", "share/doc", "share/man", "bin/ecpg")


def build(program: Program, programs: dict[str, Program], jobs: int) -> Path:
    """A folder with `postgres.tar.zst`, `postgres.sha256`, `postgres.version` and the unpacked `tree/`."""
    libraries = [staticlibs.build(programs[name], jobs) for name in program.needs]
    own = "postgres.py compiler.py debian.py archive.py staticlibs.py".split()
    wanted = store.recipe(program, [HERE / name for name in own], [repr(programs[name]) for name in program.needs])
    target = store.home(program)
    with store.locked(program.key):
        if store.fresh(target, wanted):
            return target
        files = debian.fetch(program)
        with step(f"build {program.key} (about 4 minutes on 2 cores)"), store.staged(target, wanted) as stage:
            deps = _join(libraries, stage / "deps")
            source = stage / "source"
            debian.unpack(program, files, source)
            _allow_linked_openssl(source)
            _compile(program, source, stage, deps, jobs)
            tree = _tree(stage, source)
            _pack(program, tree, stage)
            for name in ("deps", "source", "wrappers", "installed"):
                shutil.rmtree(stage / name)
    return target


def _allow_linked_openssl(source: Path) -> None:
    """libpq's own build refuses a library that could end its host program, and looks for `exit` in any name.

    The OpenSSL linked into ours brings `pthread_exit`, which ends one of its own threads and nothing else.
    """
    makefile = source / "src/interfaces/libpq/Makefile"
    before = makefile.read_text()
    after = before.replace("grep -v -e __cxa_atexit", "grep -v -e pthread_exit -e __cxa_atexit")
    if after == before:
        raise Refused(f"{makefile}: the check for `exit` is no longer where it was")
    makefile.write_text(after)


def _join(libraries: list[Path], deps: Path) -> Path:
    for library in libraries:
        for part in ("lib", "include"):
            shutil.copytree(library / part, deps / part, dirs_exist_ok=True)
    return deps


def _compile(program: Program, source: Path, stage: Path, deps: Path, jobs: int) -> None:
    env = compiler.environment(stage, deps)
    env |= {"ZSTD_CFLAGS": " ", "ZSTD_LIBS": "-lzstd", "LZ4_CFLAGS": " ", "LZ4_LIBS": "-llz4"}
    log = store.logs(program)
    run(["./configure", f"--prefix={PREFIX}", *OPTIONS], log, cwd=source, env=env)
    into = f"DESTDIR={stage / 'installed'}"
    for folder in (".", "contrib"):
        run(["make", f"-j{jobs}", "-C", folder], log, cwd=source, env=env)
        run(["make", "-C", folder, "install", into], log, cwd=source, env=env)


def _tree(stage: Path, source: Path) -> Path:
    """What is shipped: without headers, static archives and debug symbols; with the licence."""
    tree = stage / "tree"
    shutil.copytree(stage / "installed" / PREFIX.lstrip("/"), tree, symlinks=True)
    for name in DEVELOPMENT:
        path = tree / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in [*tree.glob("lib/*.a"), *tree.glob("lib/libecpg*"), *tree.glob("lib/libpgtypes*")]:
        path.unlink(missing_ok=True)
    for path in elf.programs(tree):
        run(["strip", "--strip-all", str(path)], stage / "strip.log")
    (stage / "strip.log").unlink(missing_ok=True)
    shutil.copy(source / "COPYRIGHT", tree / "COPYRIGHT")
    return tree


def _pack(program: Program, tree: Path, stage: Path) -> None:
    absent = [name for name in PROGRAMS if not (tree / "bin" / name).is_file()]
    absent += [name for name in EXTENSIONS if not (tree / "share/extension" / f"{name}.control").is_file()]
    if absent:
        raise Refused(f"the Postgres build lacks {', '.join(absent)}")
    elf.check(tree)
    target = stage / "postgres.tar.zst"
    archive.write(tree, target)
    (stage / "postgres.sha256").write_text(hashes.sha256(target) + "\n")
    (stage / "postgres.version").write_text(program.version + "\n")
