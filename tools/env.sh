# Sourced by the Makefile's recipes and by hand: one environment for every cargo call, so that
# nothing is built twice. The C and C++ parts and the link go through zig, which gives the glibc
# floor of 2.28 that every shipped program keeps.
# shellcheck shell=bash
ATOLL_CACHE="${ATOLL_CACHE:-$HOME/.cache/atoll}"
ATOLL_TOOLS="$ATOLL_CACHE/tools"
# Cargo rebuilds everything when the linker's path changes: all worktrees of a clone use the
# wrappers of the clone itself, so that a target folder may be copied between them.
_tools_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
_clone="$(git -C "$_tools_dir" rev-parse --path-format=absolute --git-common-dir 2>/dev/null || true)"
if [ -x "${_clone%/.git}/tools/zigcc" ]; then _tools_dir="${_clone%/.git}/tools"; fi
export ATOLL_CACHE ATOLL_TOOLS
export PATH="$ATOLL_TOOLS/bin:$PATH"
export CARGO_ZIGBUILD_ZIG_PATH="$ATOLL_TOOLS/ziglang-0.17.0/ziglang/zig"
export CARGO_BUILD_TARGET=x86_64-unknown-linux-gnu
export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER="$_tools_dir/zigcc"
export CC_x86_64_unknown_linux_gnu="$_tools_dir/zigcc"
export CXX_x86_64_unknown_linux_gnu="$_tools_dir/zigc++"
export AR_x86_64_unknown_linux_gnu="$_tools_dir/zigar"
export CARGO_INCREMENTAL="${CARGO_INCREMENTAL:-1}"
