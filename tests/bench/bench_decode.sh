#!/bin/sh
# The figures of decoding a read: generated ones, and the sample. Run in the build folder; JSON lines.
set -eu
HL_TOP=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
echo '{"bench":"decode"}'
./bench_decode "$HL_TOP/tests/data/reads/sample.jsonl"
