#!/bin/sh
# Activations under 20,000 reads/s for a minute: no read missed, the p99.9 pause at most 1.5 times that without, and the memory
# back to level. That each read meets exactly one version is tests/integration/system/test_swaps.py. Run in the build folder, on a machine
# that does nothing else.
set -eu
HL_TOP=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
export HL_TOP
exec ./bench_pause --seconds 60 --max-ratio 1.5 --max-memory 1.25
