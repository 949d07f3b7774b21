#!/bin/sh
# `hotlistctl match` and `match --exhaustive` print the same, byte for byte: real reads (every HL_EVERY-th line of ../shared/data/reads) against
# decoys-100k.txt at max_cost 0, 0.5, 1.0, 1.5 and 2.0. HL_EVERY=1 is all of them (make drill).
set -eu
ctl=${HL_BUILD:-.}/hotlistctl
top=${HL_TOP:-$srcdir}
data=${HL_SHARED:-$top/../shared}/data
every=${HL_EVERY:-60}
if [ ! -d "$data/reads" ]; then
	echo "the labelled reads are not there"
	[ -n "${CI:-}" ] && exit 1
	exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for f in "$data"/reads/*.jsonl; do awk -v n="$every" 'NR % n == 1 || n == 1' "$f"; done >"$dir/reads.jsonl"
faults=0
for cost in 0 0.5 1.0 1.5 2.0; do
	sed "s/^  max_cost: [0-9.]*/  max_cost: $cost/" "$top/rules/default.yaml" >"$dir/rules.yaml"
	mkdir -p "$dir/confusions"
	cp "$top"/rules/confusions/*.yaml "$dir/confusions/"
	grep -q "max_cost: $cost" "$dir/rules.yaml"
	for way in "" --exhaustive; do
		# shellcheck disable=SC2086
		"$ctl" match --rules "$dir/rules.yaml" --list "d=$data/decoys-100k.txt:plates" --reads "$dir/reads.jsonl" --all $way >"$dir/out$way" 2>/dev/null || {
			echo "match $way failed at $cost"; exit 1; }
	done
	if cmp "$dir/out" "$dir/out--exhaustive"; then
		echo "max_cost $cost: $(wc -l <"$dir/reads.jsonl") reads, $(wc -l <"$dir/out") matches, identical"
	else
		faults=$((faults + 1))
	fi
	[ "$cost" = 0 ] || [ -s "$dir/out" ] || { echo "max_cost $cost: nothing matched: this test tests nothing"; faults=$((faults + 1)); }
done
exit "$faults"
