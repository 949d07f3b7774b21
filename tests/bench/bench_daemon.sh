#!/bin/sh
# The figures of the whole daemon: reads on the wire to alerts committed, and pauses while lists change. Run in the build folder; JSON lines.
set -eu
HL_TOP=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
export HL_TOP
echo '{"bench":"fleet"}'
[ ! -x ./bench_fleet ] || ./bench_fleet || [ $? -eq 77 ]
echo '{"bench":"latency"}'
./bench_latency
echo '{"bench":"pause"}'
./bench_pause --seconds 30
