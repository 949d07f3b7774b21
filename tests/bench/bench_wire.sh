#!/bin/sh
# The figures of the whole way of a read beside a bare ZeroMQ receiver. Run in the build folder; JSON lines.
set -eu
HL_TOP=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
export HL_TOP
echo '{"bench":"wire"}'
for entries in 10000 1000000; do
	for batch in 16 1; do
		./bench_wire --entries $entries --batch $batch
		./bench_wire --entries $entries --batch $batch --sub
	done
done
