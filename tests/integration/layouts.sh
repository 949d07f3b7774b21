#!/bin/sh
# Every sample of tests/data/lists through hotlistctl: its layout is found out, it imports with the entries that are expected, and one that is not whole is never
# stored. A new layout is a file in a folder.
set -eu
lists=$(cd "${srcdir:-.}/tests/data/lists" && pwd)
. "$(dirname "$0")/shell.sh"
n=0
for file in "$lists"/*.list; do
	sample=${file##*/} golden=${file%list}golden
	layout=${sample%%.*}
	n=$((n + 1))
	expect 0 list lint l "$file" --layout auto
	grep -q "^$layout: " out || fail "$sample is taken for $(cat out)"
	if grep -q ' FILE fault ' "$golden"; then
		expect 65 list import "l$n" "$file" --layout "$layout" --state s
		expect 66 list versions "l$n" --state s
		continue
	fi
	# A line that removes is for increments: a complete upload refuses it.
	sed 's/^\([0-9]*\) entry \(.*action="remove"\)/\1 fault \2/' "$golden" >expected
	expect 0 list import "l$n" "$file" --layout "$layout" --set category=other --set agency=TEST --set expires=+30d --state s --json
	grep -q "\"entries\":$(grep -c '^[0-9]* entry ' expected),\"rejected\":$(grep -c '^[0-9]* fault ' expected || true)," out || fail "$sample: $(cat out)"
	expect 0 list export "l$n" --state s
	sed -n 's/^[0-9]* entry \([^ ]*\) .*/\1/p' expected | sort >want
	cut -d, -f1 out | grep -v -e '^plate$' -e '^# layout' | tr -d '" -' | tr 'a-z' 'A-Z' | sort >got
	cmp -s want got || fail "$sample: $(diff want got)"
done
[ "$n" -ge 24 ] || fail "only $n samples"
expect 64 list import l "$lists/tcic.list" --layout auto --state s
grep -q 'needs the name of a layout' err || fail "import by guess: $(cat err)"

# By YAML alone.
mkdir mine
cat >mine/harbour.yaml <<'Y'
version: 1
help: the harbour's list
shape: delimited
delimiter: "|"
header: names
head: {line: HARBOUR <date> *, date: dd.mm.yyyy}
tail: {line: == <count>, counts: lines}
fields:
  - {field: plate, header: kennzeichen}
  - {field: color, header: [farbe, colour], map: {ROT: RED}, code: true, unmapped: keep}
Y
printf 'state: s\nlayouts: [mine]\nrules: none.yaml\n' >c.yaml
printf 'HARBOUR 23.11.2026 north\nfarbe|Kennzeichen\nrot|AB 1\nblue|AB 2\n== 5\n' >harbour.txt
expect 0 list layouts -c c.yaml --json
grep -q '"layout":"harbour","shape":"delimited","help":"the harbour.s list"' out || fail "not listed: $(cat out)"
expect 0 list lint l harbour.txt --layout auto -c c.yaml
grep -q '^harbour: 100 % of 2 lines' out || fail "not recognised: $(cat out)"
expect 0 list import harbour harbour.txt --layout harbour -c c.yaml --json
grep -q '"entries":2,"rejected":0,' out || fail "not imported: $(cat out)"
printf 'HARBOUR 23.11.2026 north\nfarbe|Kennzeichen\nrot|AB 1\n== 5\n' >harbour.txt
expect 65 list import other harbour.txt --layout harbour -c c.yaml
grep -q 'expected 5 lines, as the file says itself: it is not whole' out err || fail "a wrong count: $(cat out err)"
expect 66 list versions other -c c.yaml
echo "$n samples"
