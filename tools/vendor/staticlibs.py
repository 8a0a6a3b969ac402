"""The C libraries that are linked into our Postgres: built as static archives, so that nothing of the host is needed."""

import shutil
from pathlib import Path

import compiler
import debian
import store
from manifest import Program
from steps import run, step

HERE = Path(__file__).parent
# Hidden, so that a program carrying its own copy never takes symbols from another one in the same process.
CFLAGS = "-O2 -fPIC -fvisibility=hidden"
# What Postgres uses of OpenSSL: TLS and digests. No modules to load, no engines, no console, and nothing of
# protocols and national ciphers that it never speaks: half the time to build, and less to watch for weaknesses.
OPENSSL_OPTIONS = (
    "no-shared no-tests no-apps no-docs no-module no-engine no-legacy no-dso no-async no-comp no-ui-console "
    "no-aria no-camellia no-cmp no-idea no-quic no-seed no-sm2 no-sm3 no-sm4 no-srp no-srtp no-thread-pool no-ts "
    "no-whirlpool enable-ec_nistp_64_gcc_128 -fPIC -fvisibility=hidden"
).split()
# Where OpenSSL would look for a configuration of its own. A host's openssl.cnf may name modules that a static
# build cannot load, so it is a folder that only an Atoll site would have.
OPENSSL_FOLDER = "/etc/atoll/openssl"


def build(program: Program, jobs: int) -> Path:
    """`lib/*.a` and `include/` of one library; from the cache when it is there."""
    sources = [HERE / name for name in ("staticlibs.py", "compiler.py", "debian.py")]
    wanted = store.recipe(program, sources, [])
    target = store.home(program)
    with store.locked(program.key):
        if store.fresh(target, wanted):
            return target
        files = debian.fetch(program)
        with step(f"build {program.key} (static, glibc 2.28)"), store.staged(target, wanted) as stage:
            source = stage / "source"
            debian.unpack(program, files, source)
            (stage / "lib").mkdir()
            (stage / "include").mkdir()
            RECIPES[program.name](program, source, stage, jobs)
            shutil.rmtree(source)
            shutil.rmtree(stage / "wrappers")
    return target


def _zlib(program: Program, source: Path, stage: Path, jobs: int) -> None:
    env = {**compiler.environment(stage, stage), "CFLAGS": CFLAGS}
    log = store.logs(program)
    run(["./configure", "--static"], log, cwd=source, env=env)
    run(["make", f"-j{jobs}", "libz.a"], log, cwd=source, env=env)
    _collect(stage, [source / "libz.a"], [source / "zlib.h", source / "zconf.h"])


def _lz4(program: Program, source: Path, stage: Path, jobs: int) -> None:
    env = compiler.environment(stage, stage)
    run(["make", f"-j{jobs}", "liblz4.a", f"CFLAGS={CFLAGS}"], store.logs(program), cwd=source / "lib", env=env)
    _collect(stage, [source / "lib/liblz4.a"], sorted((source / "lib").glob("lz4*.h")))


def _zstd(program: Program, source: Path, stage: Path, jobs: int) -> None:
    env = compiler.environment(stage, stage)
    command = ["make", f"-j{jobs}", "libzstd.a", f"CFLAGS={CFLAGS}", "ZSTD_LEGACY_SUPPORT=0"]
    run(command, store.logs(program), cwd=source / "lib", env=env)
    headers = [source / "lib" / name for name in ("zstd.h", "zstd_errors.h", "zdict.h")]
    _collect(stage, [source / "lib/libzstd.a"], headers)


def _openssl(program: Program, source: Path, stage: Path, jobs: int) -> None:
    env = compiler.environment(stage, stage)
    log = store.logs(program)
    places = ["--prefix=/usr/lib/atoll", "--libdir=lib", f"--openssldir={OPENSSL_FOLDER}"]
    run(["./Configure", "linux-x86_64", *OPENSSL_OPTIONS, *places], log, cwd=source, env=env)
    run(["make", f"-j{jobs}", "build_libs"], log, cwd=source, env=env)
    _collect(stage, [source / "libssl.a", source / "libcrypto.a"], [source / "include/openssl"])


def _collect(stage: Path, archives: list[Path], headers: list[Path]) -> None:
    for archive in archives:
        shutil.copy(archive, stage / "lib")
    for header in headers:
        if header.is_dir():
            shutil.copytree(header, stage / "include" / header.name)
        else:
            shutil.copy(header, stage / "include")


RECIPES = {"zlib": _zlib, "lz4": _lz4, "zstd": _zstd, "openssl": _openssl}
