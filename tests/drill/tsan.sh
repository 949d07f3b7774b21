#!/bin/sh
# Unit, contract and system tests, and activations under load, built with ThreadSanitizer: no report beyond tests/tsan.supp. Run in the build folder; builds in
# tsan/ below it. CC: clang (gcc does as well).
set -eu
top=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
HL_TOP=$top
TSAN_OPTIONS="suppressions=$top/tests/tsan.supp exitcode=66"
export HL_TOP TSAN_OPTIONS
mkdir -p tsan
cd tsan
[ -f Makefile ] || "$top/configure" -q CC="${CC:-clang}" --enable-werror --enable-test-hooks --enable-sanitizers=thread
make -j"$(nproc)" >make.log 2>&1 || { tail -n 30 make.log; exit 1; }
system=$(cd "$top" && ls tests/integration/system/test_*.py)
make check TESTS="$(make -s --no-print-directory list-unit) $system" >check.log 2>&1 || { grep -E '^(FAIL|ERROR)' check.log; exit 1; }
grep -cE '^PASS' check.log
./bench_pause --entries 60000 --rate 3000 --seconds 20 --phase 4
