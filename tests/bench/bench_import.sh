#!/bin/sh
# bench_import.sh [LINES [LINES2]]: a NCIC file of so many lines imported (lint, snapshot, index) by hotlistctl and by sqlite3, in turns, the better of three
# runs of each counted; then how soon a version is live and what two processes with it share. JSON lines. Without arguments 1,000,000 lines; a second number
# is imported once, for how the time grows. Run in the build folder; part of `make bench`.
#
# sqlite3's job: the lines into a table of one column, then its substrings into a table of the same fields, an index on the plate and one on the record
# number; once with journal and synchronous as they are by default, once with both off; and, as the plainest job there is, a CSV made beforehand, both off.
set -eu
lines=${1:-1000000}
top=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
HOTLISTD_DATA=$top
export HOTLISTD_DATA
dir=$(mktemp -d "${TMPDIR:-/tmp}/hl-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# ncic N SEED: plates in the shapes of the states, codes as in such files
ncic() {
	awk -v n="$1" -v seed="$2" 'BEGIN {
		srand(seed)
		shapes = split("LLDDLLL LLDDLLL LLLDDDD LLLDDDD DLLLDDD LLDDDLL LLLLDDD DLLLDDD LLLDDD", shape, " ")
		states = split("CA NV AZ TX CO NY FL OH WA MI", state, " ")
		makes = split("TOYT FORD CHEV HOND NISS DODG BMW GMC JEEP KIA", make, " ")
		models = split("CAM F15 SIL CIV ALT RAM 3SE SIE WRA SOU", model, " ")
		styles = split("4D 2D PK SU VN MC", style, " ")
		colors = split("BLK WHI SIL GRY BLU RED GRN MAR", color, " ")
		types = split("V V V V V V F W M P", type, " ")
		for (i = 1; i <= n; i++) {
			s = shape[1 + int(rand() * shapes)]
			t = ""
			for (k = 1; k <= length(s); k++)
				t = t (substr(s, k, 1) == "D" ? int(rand() * 10) : substr("ABCDEFGHIJKLMNPQRSTUVWXYZ", 1 + int(rand() * 25), 1))
			printf "%s%09dCA%07d%04d%02d%02d%-10s%s2026PC%04d%-4s%-3s%-2s%-7s\n", type[1 + int(rand() * types)], i, 100000 + int(rand() * 300),
				2015 + int(rand() * 11), 1 + int(rand() * 12), 1 + int(rand() * 28), t, state[1 + int(rand() * states)], 1995 + int(rand() * 31),
				make[1 + int(rand() * makes)], model[1 + int(rand() * models)], style[1 + int(rand() * styles)], color[1 + int(rand() * colors)]
		}
	}'
}

fields="nic TEXT, ori TEXT, date TEXT, plate TEXT, state TEXT, liy TEXT, lit TEXT, vyr TEXT, vma TEXT, vmo TEXT, vst TEXT, vco TEXT"
indexes="CREATE INDEX by_plate ON entry(plate); CREATE UNIQUE INDEX by_nic ON entry(nic);"
# sql SYNCHRONOUS JOURNAL: the lines cut by sqlite3 itself
sql() {
	printf 'PRAGMA synchronous=%s;\nPRAGMA journal_mode=%s;\nCREATE TABLE raw(line TEXT);\nCREATE TABLE entry(%s);\n' "$1" "$2" "$fields"
	printf '.mode ascii\n.separator "\\037" "\\n"\n.import %s raw\nINSERT INTO entry SELECT ' "$dir/list"
	printf 'trim(substr(line,%s,%s)),' 1 10 11 9 20 8 28 10 38 2 40 4 44 2 46 4 50 4 54 3 57 2 | sed 's/,$//'
	printf ',trim(substr(line,59,7)) FROM raw;\nDROP TABLE raw;\n%s\n' "$indexes"
}
# csv: sqlite3's own import of fields that are cut already
csv() {
	printf 'PRAGMA synchronous=OFF;\nPRAGMA journal_mode=OFF;\nCREATE TABLE entry(%s);\n.mode csv\n.import %s entry\n%s\n' "$fields" "$dir/list.csv" "$indexes"
}
settings() {
	printf 'state: %s\nrules: %s\ningest: [{zmq: {socket: pull, bind: ["ipc://%s/in"]}}]\n' "$dir/state" "$top/rules/default.yaml" "$dir"
	printf 'lists: {stolen: {agency: METRO, layout: ncic-fixed, feed: true, require: [plate, state, category, agency]}}\n'
	printf 'receivers: {desk: [{webhook: {url: "http://127.0.0.1:9/", secret_file: %s/secret, allow: ["127.0.0.0/8"]}}]}\n' "$dir"
}
import() {
	rm -rf "$dir/state"
	./bench_import run import ./hotlistctl -c "$dir/hotlistd.yaml" --json list import stolen "$dir/list" | grep import_s
}
sqlite() { # NAME SCRIPT
	rm -f "$dir/db"
	./bench_import run "$1" sqlite3 -init "$dir/$2" "$dir/db" .quit | grep "\"$1_s\""
}
# best FILE: the line with the least first number
best() { sort -t: -k2 -g "$1" | head -n 1; }
wall() { sed 's/^{"[a-z_]*":\([0-9.]*\).*/\1/'; }

head -c 32 /dev/urandom | base64 >"$dir/secret"
chmod 600 "$dir/secret"
settings >"$dir/hotlistd.yaml"
ncic "$lines" 1 >"$dir/list"
awk '{ f = ""; m = split("1 10 11 9 20 8 28 10 38 2 40 4 44 2 46 4 50 4 54 3 57 2 59 7", a, " ")
	for (i = 1; i < m; i += 2) { s = substr($0, a[i], a[i + 1]); gsub(/ +$/, "", s); f = f (i > 1 ? "," : "") s }
	print f }' "$dir/list" >"$dir/list.csv"
sql FULL DELETE >"$dir/default.sql"
sql OFF OFF >"$dir/off.sql"
csv >"$dir/csv.sql"
echo "{\"bench\":\"import\",\"lines\":$lines}"
for turn in 1 2 3; do
	import >>"$dir/import.out"
	sqlite sqlite_default default.sql >>"$dir/default.out"
	sqlite sqlite_off off.sql >>"$dir/off.out"
	sqlite sqlite_csv csv.sql >>"$dir/csv.out"
done
ours=$(best "$dir/import.out" | wall)
best "$dir/import.out"
for other in default off csv; do
	best "$dir/$other.out"
	awk -v a="$(best "$dir/$other.out" | wall)" -v b="$ours" -v o="$other" 'BEGIN { printf "{\"ratio_to_sqlite_%s\":%.2f}\n", o, a / b }'
done
if [ -n "${2:-}" ]; then
	rm -f "$dir/list.csv" "$dir/db"
	ncic "$2" 2 >"$dir/list"
	echo "{\"bench\":\"import\",\"lines\":$2}"
	import >"$dir/large.out"
	cat "$dir/large.out"
	awk -v a="$(wall <"$dir/large.out")" -v b="$ours" 'BEGIN { printf "{\"growth\":%.2f}\n", a / b }'
fi
cat "$dir"/state/lists/stolen/versions/*/* >/dev/null # the page cache is warm
./bench_import live "$dir/hotlistd.yaml" stolen
