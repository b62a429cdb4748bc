#!/bin/bash
# Builds src/codec/opus/opus.wasm and src/dsp/speexdsp.wasm from Debian bookworm's sources of libopus and speexdsp with Debian's
# clang, and writes their checksums. The results are checked in: nobody needs this to build the phone. The same tools make the
# same bytes; `build.sh --check` builds into a temporary folder and compares.
#
# Needs: apt-get install --no-install-recommends clang-16 lld-16 wasi-libc libclang-rt-16-dev-wasm32
# Usage: build.sh [--check] [folder with opus_1.3.1.orig.tar.gz and speexdsp_1.2.1.orig.tar.gz; else they are fetched with apt-get]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
check=
if [ "${1:-}" = --check ]; then
  check=yes
  shift
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() {
  # Debian's list of sources may leave out source packages: a list of our own, beside the system's.
  mkdir -p "$work/parts" "$work/lists"
  sed 's/^Types: .*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources > "$work/parts/source.sources"
  local options=(-o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$work/parts" -o "Dir::State::Lists=$work/lists")
  (cd "$work" && apt-get "${options[@]}" update -qq && apt-get "${options[@]}" source --download-only opus=1.3.1-3 speexdsp=1.2.1-1)
}

if [ -n "${1:-}" ]; then cp "$1"/*.orig.tar.gz "$work"; else fetch; fi
cd "$work"
# The files that the results were made of.
sha256sum --check --quiet <<'SUMS'
65b58e1e25b2a114157014736a3d9dfeaad8d41be1c8179866f144a2fb44ff9d  opus_1.3.1.orig.tar.gz
8c777343e4a6399569c72abc38a95b24db56882c83dbdb6c6424a5f4aeb54d3d  speexdsp_1.2.1.orig.tar.gz
SUMS
for archive in *.orig.tar.gz; do tar xf "$archive"; done

# Memory is fixed: nothing can grow while a call runs. The stack lies first, so that an overflow traps instead of overwriting.
compile() {
  local out=$1 pages=$2 stack=$3
  shift 3
  clang-16 --target=wasm32-wasi --sysroot=/usr -O3 -msimd128 -nostartfiles -ffunction-sections -fdata-sections -DHAVE_CONFIG_H \
    -Wl,--no-entry -Wl,--gc-sections -Wl,--strip-all -Wl,--stack-first -Wl,-z,stack-size="$stack" \
    -Wl,--initial-memory=$((pages * 65536)) -Wl,--max-memory=$((pages * 65536)) -Wl,--export-memory -o "$work/$out" "$@"
}

cat > opus-1.3.1/config.h <<'C'
#define OPUS_BUILD 1
#define VAR_ARRAYS 1
#define HAVE_LRINT 1
#define HAVE_LRINTF 1
#define HAVE_STDINT_H 1
#define FLOAT_APPROX 1
#define PACKAGE_VERSION "1.3.1"
C
(
  cd opus-1.3.1
  compile opus.wasm 12 262144 -I. -Iinclude -Icelt -Isilk -Isilk/float "$here/opus-glue.c" \
    $(ls celt/*.c | grep -vE 'opus_custom_demo|dump_modes') silk/*.c silk/float/*.c \
    src/{opus,opus_decoder,opus_encoder,repacketizer,analysis,mlp,mlp_data}.c
)

cat > speexdsp-1.2.1/config.h <<'C'
#define EXPORT
#define FLOATING_POINT 1
#define USE_SMALLFT 1
#define OS_SUPPORT_CUSTOM 1
C
# Its warnings would be printed: there is nowhere to print to.
cat > speexdsp-1.2.1/libspeexdsp/os_support_custom.h <<'C'
#define OVERRIDE_SPEEX_FATAL
#define OVERRIDE_SPEEX_WARNING
#define OVERRIDE_SPEEX_WARNING_INT
#define OVERRIDE_SPEEX_NOTIFY
#define OVERRIDE_SPEEX_PUTC
static inline void _speex_fatal(const char *text, const char *file, int line) { __builtin_trap(); }
static inline void speex_warning(const char *text) {}
static inline void speex_warning_int(const char *text, int value) {}
static inline void speex_notify(const char *text) {}
static inline void _speex_putc(int character, void *file) {}
C
cat > speexdsp-1.2.1/include/speex/speexdsp_config_types.h <<'C'
#include <stdint.h>
typedef int16_t spx_int16_t;
typedef uint16_t spx_uint16_t;
typedef int32_t spx_int32_t;
typedef uint32_t spx_uint32_t;
C
(
  cd speexdsp-1.2.1
  # config.h makes EXPORT empty for the library; the glue has its own.
  compile speexdsp.wasm 32 65536 -I. -Iinclude -Wno-macro-redefined "$here/speexdsp-glue.c" \
    libspeexdsp/{mdf,preprocess,smallft,fftwrap,filterbank}.c
)

(cd "$work" && sha256sum opus.wasm speexdsp.wasm) > SUMS
if [ -n "$check" ]; then
  diff "$here/sha256sums" SUMS && echo "the checked-in files are what this makes"
  exit
fi
chmod a-x *.wasm
cp opus.wasm "$here/../opus/opus.wasm"
cp opus-1.3.1/COPYING "$here/../opus/COPYING.opus"
cp speexdsp.wasm "$here/../../dsp/speexdsp.wasm"
cp speexdsp-1.2.1/COPYING "$here/../../dsp/COPYING.speexdsp"
cp SUMS "$here/sha256sums"
cat SUMS
