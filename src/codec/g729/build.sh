#!/bin/sh
# Makes the G.729 part of this phone out of Debian's source of bcg729, for those who want it: nothing of it is shipped with the phone.
# bcg729 is under the GNU General Public License, version 3: who passes the result on, or a device with it, has to follow that licence.
# Usage, as root or with sudo: sh src/codec/g729/build.sh [file], by default /usr/local/lib/offhook/g729.wasm
# Needs a network and these packages of Debian 12: clang-16 lld-16 wasi-libc libclang-rt-16-dev-wasm32 (installed here as root).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
file=${1:-/usr/local/lib/offhook/g729.wasm}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for tool in clang-16 wasm-ld-16; do
  command -v "$tool" >/dev/null && [ -e /usr/include/wasm32-wasi ] && continue
  [ "$(id -u)" = 0 ] || { echo "$0: $tool or wasi-libc is missing: install clang-16 lld-16 wasi-libc libclang-rt-16-dev-wasm32" >&2; exit 1; }
  apt-get install -y --no-install-recommends clang-16 lld-16 wasi-libc libclang-rt-16-dev-wasm32
done

# Source packages by lists of our own, so that the system's configuration stays as it is.
mkdir -p "$work/parts" "$work/lists"
sed 's/^Types: deb$/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >"$work/parts/src.sources"
own="-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=$work/parts -o Dir::State::Lists=$work/lists"
cd "$work"
apt-get $own update -qq
apt-get $own source --download-only --tar-only bcg729 2>/dev/null || apt-get $own source --download-only bcg729
tar xf bcg729_*.orig.tar.gz
cd bcg729-*/

clang-16 --target=wasm32-wasi --sysroot=/usr -O3 -mexec-model=reactor \
  -Wl,-z,stack-size=65536 -Wl,--initial-memory=262144 -Wl,--max-memory=262144 \
  -Iinclude -Isrc -o "$work/g729.wasm" "$here/glue.c" src/*.c
mkdir -p "$(dirname "$file")"
cp "$work/g729.wasm" "$file"
echo "$file: $(wc -c <"$file") bytes. Phones started from now on have G.729."
