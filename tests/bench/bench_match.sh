#!/bin/sh
# bench_match.sh [BENCH_MATCH]: bench_match on generated plates, 10 k and 1 M entries, budget 1.0, the learned table; JSON lines, each run begun by a
# line with its name. Part of `make bench`.
set -eu
bench=${1:-./bench_match}
dir=$(mktemp -d "${TMPDIR:-/tmp}/hl-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# plates N SEED: shapes of letters and digits as they are met
plates() {
	awk -v n="$1" -v seed="$2" 'BEGIN {
		srand(seed)
		shapes = split("LLDDLLL LLDDLLL LLDDLLL LLLDDDD LLLDDDD DLLLDDD LLDDDLL LLLLDDD LLLLLDDD AAAAAAA", shape, " ")
		all = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		for (i = 0; i < n; i++) {
			s = shape[1 + int(rand() * shapes)]
			t = ""
			for (k = 1; k <= length(s); k++) {
				c = substr(s, k, 1)
				t = t substr(all, 1 + int(c == "D" ? rand() * 10 : c == "L" ? 10 + rand() * 26 : rand() * 36), 1)
			}
			print t
		}
	}'
}

plates 200000 99 >"$dir/reads"
for n in 10000 1000000; do
	plates "$n" 1 >"$dir/entries"
	echo "{\"bench\":\"match\",\"entries\":$n,\"max_cost\":1.0}"
	"$bench" "$dir/entries" "$dir/reads" --max-cost 1.0
done
