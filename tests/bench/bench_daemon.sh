#!/bin/sh
# The figures of the whole daemon: reads on the wire to alerts committed, and pauses while lists change. Run in the build folder; JSON lines.
set -eu
HL_TOP=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
export HL_TOP
echo '{"bench":"latency"}'
./bench_fleet || [ $? -eq 77 ]
./bench_latency
echo '{"bench":"pause"}'
./bench_pause --seconds 30
