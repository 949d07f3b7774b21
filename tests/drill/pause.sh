#!/bin/sh
# Activations under 20,000 reads/s for a minute: no read missed, and the p99.9 pause at most 1.5 times that without. Run in the build folder, on a machine
# that does nothing else.
set -eu
HL_TOP=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
export HL_TOP
exec ./bench_pause --seconds 60 --max-ratio 1.5
