#!/bin/bash
# bench_vs_prototype.sh PROTOTYPE_DIR [BENCH_MATCH]: the index beside the throw-away prototype whose sources (hot.c, lab.h, gen.c, confusions.yaml) stand in
# PROTOTYPE_DIR. Compiles it in a temporary folder, generates lists of SIZES entries (default "10000 1000000"), runs both in turn PAIRS times (default
# 9) on the same files, and prints the medians and their ratios as JSON lines, for each of CASES (default "sparse learned"): sparse is the prototype's
# table, budget 1.0; learned is rules/confusions/latin.yaml beside the prototype on its own table; sparse-2 is budget 2.0 beside the prototype's mode U2.
# The prototype runs from a driver that times it as bench_match times the index: the best of five rounds over all reads, in batches of 32.
set -euo pipefail
proto=$(cd "${1:?usage: bench_vs_prototype.sh PROTOTYPE_DIR [BENCH_MATCH]}" && pwd)
bench=$(readlink -f "${2:-$(dirname "$0")/../../build/bench_match}")
learned=$(readlink -f "$(dirname "$0")/../../rules/confusions/latin.yaml")
pairs=${PAIRS:-9}
dir=$(mktemp -d "${TMPDIR:-/tmp}/hl-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT

cat >"$dir/driver.c" <<'C'
#define main prototype_main
#include "hot.c"
#undef main
int main(int argc, char **argv)
{
	uint32_t n, misses = 0;
	initw();
	inith();
	KMAX = atoi(argv[3]);
	mode = KMAX == 2 ? U2 : U1;
	BUD = 100 * KMAX;
	E = load(argv[1], &N);
	P *reads = load(argv[2], &n);
	double t = now();
	build();
	t = now() - t;
	hitf = calloc(n, 1);
	for (uint32_t i = 0; i < n; i += 32)
		query(reads + i, n - i < 32 ? n - i : 32, i, mark, 0);
	P *miss = big((size_t)n * sizeof *miss);
	for (uint32_t i = 0; i < n; i++)
		if (!hitf[i])
			miss[misses++] = reads[i];
	printf("{\"build_s\":%.4f}\n{\"natural_reads_per_s\":%.0f}\n{\"miss_reads_per_s\":%.0f}\n", t, runb(reads, n, 32, 5), runb(miss, misses, 32, 5));
	printf("{\"bytes_per_entry\":%.1f}\n", (double)(fbytes + pbytes) / N + 16);
	return 0;
}
C
gcc -O3 -march=native -w -I"$proto" -o "$dir/prototype" "$dir/driver.c"
gcc -O2 -w -I"$proto" -o "$dir/gen" "$proto/gen.c"
"$dir/gen" 200000 99 "$dir/reads.txt"

# value NAME FILE: the median of a figure over all runs in FILE
value() {
	sed -n "s/^{\"$1\":\(.*\)}$/\1/p" "$2" | sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

# compare SIZE CASE
compare() {
	local size=$1 case=$2 table=$proto/confusions.yaml budget=1
	[ "$case" != learned ] || table=$learned
	[ "$case" != sparse-2 ] || budget=2
	: >"$dir/ours"
	: >"$dir/theirs"
	: >"$dir/ratios"
	for _ in $(seq "$pairs"); do
		"$dir/prototype" "$dir/entries.txt" "$dir/reads.txt" $budget >"$dir/a"
		"$bench" "$dir/entries.txt" "$dir/reads.txt" --max-cost $budget --confusions "$table" >"$dir/b"
		cat "$dir/a" >>"$dir/theirs"
		cat "$dir/b" >>"$dir/ours"
		for name in natural miss; do
			awk -v o="$(value ${name}_reads_per_s "$dir/b")" -v t="$(value ${name}_reads_per_s "$dir/a")" -v n=$name \
				'BEGIN {printf "{\"%s\":%.3f}\n", n, o / t}' >>"$dir/ratios"
		done
	done
	for name in natural_reads_per_s miss_reads_per_s build_s bytes_per_entry; do
		printf '{"entries":%s,"case":"%s","figure":"%s","index":%s,"prototype":%s}\n' "$size" "$case" $name "$(value $name "$dir/ours")" \
			"$(value $name "$dir/theirs")"
	done
	for name in keys_per_read lines_per_read verified_per_read line_floor_reads_per_s; do
		printf '{"entries":%s,"case":"%s","figure":"%s","index":%s}\n' "$size" "$case" $name "$(value $name "$dir/ours")"
	done
	for name in natural miss; do
		printf '{"entries":%s,"case":"%s","ratio_%s":%s,"pairs":%s}\n' "$size" "$case" $name "$(value $name "$dir/ratios")" "$pairs"
	done
}

for size in ${SIZES:-10000 1000000}; do
	"$dir/gen" "$size" 1 "$dir/entries.txt"
	for case in ${CASES:-sparse learned}; do
		compare "$size" "$case"
	done
done
