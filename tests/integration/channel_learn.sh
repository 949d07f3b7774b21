#!/bin/sh
# `hotlistctl channel learn` as a person runs it: the table it writes, its faults and exit codes, and that the table in rules/confusions is what it makes
# of the labelled reads (which are not part of the source; without them that part is skipped, but not in CI).
set -eu
ctl=${HL_BUILD:-.}/hotlistctl
top=${HL_TOP:-$(dirname "$0")/../..}
dir=$(mktemp -d "${TMPDIR:-/tmp}/hl-learn-XXXXXX")
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAIL: $*"; exit 1; }
code() { want=$1; shift; got=0; "$@" >"$dir/out" 2>"$dir/err" || got=$?; [ "$got" = "$want" ] || { cat "$dir/err"; fail "$* ended with $got, expected $want"; }; }

read_line() { printf '{"camera":"c","time":"2026-11-01T00:00:07Z","plate":"%s"%s}\n' "$1" "$2"; }
for i in 1 2 3 4 5 6 7 8 9; do
	read_line "ABC${i}0X" ",\"_truth\":\"ABC${i}0X\""
	read_line "ABC${i}OX" ",\"_truth\":\"ABC${i}0X\""
	read_line "ABC${i}0X" ""
done >"$dir/reads.jsonl"

code 0 "$ctl" --json channel learn --reads "$dir/reads.jsonl" --out "$dir/table.yaml"
grep -q '"reads":18,"plates":9,"unlabelled":9' "$dir/out" || fail "report: $(cat "$dir/out")"
grep -q '^  - {listed: "0", read: "O", cost: 0.' "$dir/table.yaml" || fail "no pair 0 > O"
grep -q '^source: "reads.jsonl (18)"$' "$dir/table.yaml" || fail "no source"
if grep -q 'ABC10X' "$dir/table.yaml"; then fail "a plate in the table"; fi
code 0 "$ctl" channel learn "$dir/reads.jsonl"
grep -q '^pairs:$' "$dir/out" || fail "no table on standard output"

# The table is one that rules take.
mkdir "$dir/confusions"
cp "$dir/table.yaml" "$dir/confusions/mine.yaml"
printf 'version: 1\nconfusions: {base: mine}\n' >"$dir/rules.yaml"
code 0 "$ctl" rules check "$dir/rules.yaml"

# A channel and a density beside the rules are those that rules take; simulated reads are the same for a seed and can be learned from.
awk 'BEGIN { for (i = 1000; i < 1400; i++) print "ABC" i }' >"$dir/plates.txt"
code 0 "$ctl" simulate --channel openalpr --plates "$dir/plates.txt" -n 2000 --seed 4
mv "$dir/out" "$dir/simulated.jsonl"
code 0 "$ctl" simulate --channel openalpr --plates "$dir/plates.txt" -n 2000 --seed 4
cmp -s "$dir/out" "$dir/simulated.jsonl" || fail "the same seed, other reads"
code 0 "$ctl" channel learn --reads "$dir/simulated.jsonl" --density-out "$dir/density.yaml" --channel-out "$dir/mine.yaml" --gap points --sweeps 1
mkdir "$dir/channels" "$dir/density"
cp "$dir/mine.yaml" "$dir/channels/mine.yaml"
cp "$dir/density.yaml" "$dir/density/here.yaml"
printf 'version: 1\nchannels: {scores: mine, density: here}\n' >"$dir/mine-rules.yaml"
code 0 "$ctl" match --rules "$dir/mine-rules.yaml" --list "all=$dir/plates.txt:plates" --reads "$dir/simulated.jsonl" --explain
grep -q '"channel":"mine-' "$dir/out" || fail "the channel beside the rules was not used: $(head -n 1 "$dir/out")"
# --channel stands over what the reads look like: in the first run all lines had mine, now all have the other, with other figures.
mv "$dir/out" "$dir/mine.out"
code 0 "$ctl" match --rules "$dir/mine-rules.yaml" --list "all=$dir/plates.txt:plates" --reads "$dir/simulated.jsonl" --explain --channel neutral
grep -q '"channel":"neutral-' "$dir/out" || fail "--channel was not used: $(head -n 1 "$dir/out")"
if grep -q '"channel":"mine-' "$dir/out"; then fail "--channel was not used for all reads"; fi
mv "$dir/out" "$dir/neutral.out"
code 0 "$ctl" match --rules "$dir/mine-rules.yaml" --list "all=$dir/plates.txt:plates" --reads "$dir/simulated.jsonl" --explain --channel mine
cmp -s "$dir/out" "$dir/mine.out" || fail "--channel with the channel in use changes the figures"
code 78 "$ctl" match --rules "$dir/mine-rules.yaml" --list "all=$dir/plates.txt:plates" --reads "$dir/simulated.jsonl" --channel nobody
grep -q "there is no channels/nobody.yaml" "$dir/err" || fail "$(cat "$dir/err")"
grep -q "the channel 'nobody' can't be used" "$dir/err" || fail "$(cat "$dir/err")"
code 64 "$ctl" match --rules "$dir/mine-rules.yaml" --list "all=$dir/plates.txt:plates" --reads "$dir/simulated.jsonl" --channel
code 0 "$ctl" channel learn --reads "$dir/simulated.jsonl" --exclude-fold 1/4 --out "$dir/three.yaml" --json
grep -q '"left_out":[1-9]' "$dir/out" || fail "no fold was left out: $(cat "$dir/out")"
printf 'version: 1\nchannels: {scores: nobody}\n' >"$dir/bad-rules.yaml"
code 78 "$ctl" rules check "$dir/bad-rules.yaml"
grep -q 'there is no channels/nobody.yaml' "$dir/err" || fail "$(cat "$dir/err")"
code 64 "$ctl" channel learn --reads "$dir/simulated.jsonl" --channel-out "$dir/x.yaml"
code 64 "$ctl" channel learn --reads "$dir/simulated.jsonl" --exclude-fold 4/4
code 64 "$ctl" simulate --channel openalpr -n 3
code 78 "$ctl" simulate --channel nobody --plates "$dir/plates.txt" -n 3
code 66 "$ctl" simulate --channel openalpr --plates "$dir/none.txt" -n 3
code 65 "$ctl" simulate --channel openalpr --plates "$dir/reads.jsonl" -n 3

code 64 "$ctl" channel learn
code 64 "$ctl" channel learn --reads
code 64 "$ctl" channel learn --scale x "$dir/reads.jsonl"
code 65 "$ctl" channel learn --coverage 7 "$dir/reads.jsonl"
code 66 "$ctl" channel learn --reads "$dir/missing.jsonl"
{ cat "$dir/reads.jsonl"; echo '{"camera":'; } >"$dir/bad.jsonl"
code 65 "$ctl" channel learn --reads "$dir/bad.jsonl" --out "$dir/never.yaml"
grep -q "bad.jsonl:28:" "$dir/err" || fail "place of the fault: $(cat "$dir/err")"
[ ! -e "$dir/never.yaml" ] || fail "a table from a bad file"
read_line "ABC" ',"_truth":"ABC"' >"$dir/right.jsonl"
code 65 "$ctl" channel learn --reads "$dir/right.jsonl"

data=
for d in "$top/.." "$top/../.." "$top/../../.." "$top/../../../.."; do
	[ -n "$data" ] || [ ! -d "$d/shared/data/reads" ] || data=$d/shared/data/reads
done
if [ -z "$data" ]; then
	[ -z "${CI:-}" ] || fail "the labelled reads are missing"
	echo "the labelled reads are not here: the table in rules/confusions is not compared"
	exit 0
fi
code 0 "$ctl" channel learn --reads "$data"/*.jsonl --out "$dir/latin.yaml"
cmp "$dir/latin.yaml" "$top/rules/confusions/latin.yaml" || fail "rules/confusions/latin.yaml is not what the command makes; make it again"
"$top/rules/learn.sh" "$ctl" "${data%/data/reads}" "$dir/again" >"$dir/out"
for f in channels/openalpr channels/fastplateocr channels/neutral density/us; do
	cmp "$dir/again/$f.yaml" "$top/rules/$f.yaml" || fail "rules/$f.yaml is not what rules/learn.sh makes; make it again"
done
echo "channel learn: as expected"
