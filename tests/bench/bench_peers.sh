#!/usr/bin/env bash
# bench_peers.sh [BENCH_MATCH]: the index beside what a user would pick instead, on the same generated plates at 10 k entries, in turn: npm's mnemonist SymSpell
# and fastest-levenshtein, PostgreSQL's levenshtein and pg_trgm, RediSearch's %fuzzy%. Prints medians and ratios as JSON lines. A peer that is not
# installed is named as left out. All are unweighted and know no candidates; ROUNDS (default 5) rounds of SECONDS (default 2) each.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bench=$(readlink -f "${1:-./bench_match}")
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-2}
dir=$(mktemp -d "${TMPDIR:-/tmp}/hl-peers.XXXXXX")
pids=()
# Ends what was started: by process id, PostgreSQL by its own tool.
cleanup() {
	[ -n "${pg:-}" ] && su postgres -c "$pg/pg_ctl -D $dir/pg -m immediate stop" >/dev/null 2>&1
	for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
	rm -rf "$dir"
}
trap cleanup EXIT

plates() {
	awk -v n="$1" -v seed="$2" 'BEGIN {
		srand(seed)
		shapes = split("LLDDLLL LLDDLLL LLLDDDD LLLDDDD DLLLDDD LLDDDLL LLLLDDD LLLLLDDD AAAAAAA", shape, " ")
		all = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		for (i = 0; i < n; i++) {
			t = ""; s = shape[1 + int(rand() * shapes)]
			for (k = 1; k <= length(s); k++) {
				c = substr(s, k, 1)
				t = t substr(all, 1 + int(c == "D" ? rand() * 10 : c == "L" ? 10 + rand() * 26 : rand() * 36), 1)
			}
			print t
		}
	}'
}
plates 10000 1 >"$dir/entries"
plates 200000 99 >"$dir/reads"
{ # a sparse table: the six classes that products ship
	printf 'confusions:\n  base: none\n  pairs:\n'
	for p in 0O 0D 0Q OD OQ DQ 1I 2Z 5S 8B 6G; do printf '    - {chars: "%s", cost: 0.2}\n' "$p"; done
} >"$dir/sparse.yaml"

field() { sed -nE "s/.*\"$1\":([0-9.eE+]+).*/\1/p" | head -n 1; }
note() { printf '%s\t%s\n' "$1" "$2" >>"$dir/figures"; }

cp "$here"/peers/package*.json "$here/peers/peers.js" "$dir/"
node=no
if command -v npm >/dev/null && (cd "$dir" && npm ci --silent >/dev/null 2>&1); then node=yes; else echo '{"left_out":"npm peers"}'; fi

pg=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1 || true)
if [ -n "$pg" ] && [ "$(id -u)" = 0 ]; then
	chmod 755 "$dir"
	mkdir "$dir/pg" && chown postgres "$dir/pg"
	su postgres -c "$pg/initdb -D $dir/pg -A trust" >/dev/null
	su postgres -c "$pg/pg_ctl -D $dir/pg -w -o \"-c listen_addresses='' -c unix_socket_directories=$dir/pg -c fsync=off\" start" >/dev/null
	sql() { psql -qAt -h "$dir/pg" -U postgres postgres "$@"; }
	sql -c 'create extension fuzzystrmatch; create extension pg_trgm; create table e(p text)'
	sql -c '\copy e from '"$dir/entries"
	sql -c 'create index on e using gin (p gin_trgm_ops); analyze e'
	head -n 300 "$dir/reads" >"$dir/some"
	sql -c 'create table r(p text)' -c '\copy r from '"$dir/some"
else
	pg=
	echo '{"left_out":"PostgreSQL"}'
fi
# pg_rate CONDITION: reads a second of a join of 300 reads with the entries
pg_rate() {
	local begun end
	begun=$(date +%s.%N)
	sql -c "select count(*) from r join e on $1" >/dev/null
	end=$(date +%s.%N)
	awk -v a="$begun" -v b="$end" 'BEGIN { printf "%.1f", 300 / (b - a) }'
}

module=$(ls /usr/lib/redis/modules/redisearch.so 2>/dev/null || true)
if [ -n "$module" ] && command -v redis-server >/dev/null; then
	redis-server --port 0 --unixsocket "$dir/redis.sock" --dir "$dir" --save '' --loadmodule "$module" --daemonize no >"$dir/redis.log" 2>&1 &
	pids+=($!)
	cli() { redis-cli -s "$dir/redis.sock" "$@"; }
	for _ in $(seq 500); do cli ping 2>/dev/null | grep -q PONG && break; read -rt 0.02 <> <(:) || true; done
	cli ft.create e schema p text nostem >/dev/null
	awk '{ print "FT.ADD e " NR " 1 FIELDS p " $1 }' "$dir/entries" | cli >/dev/null
	awk 'NR <= 2000 { print "FT.SEARCH e %" $1 "% NOCONTENT" }' "$dir/reads" >"$dir/searches"
else
	module=
	echo '{"left_out":"RediSearch"}'
fi

for _ in $(seq "$rounds"); do
	note "index, sparse table" "$("$bench" "$dir/entries" "$dir/reads" --max-cost 1.0 --confusions "$dir/sparse.yaml" | field natural_reads_per_s)"
	note "index, learned table" "$("$bench" "$dir/entries" "$dir/reads" --max-cost 1.0 | field natural_reads_per_s)"
	if [ $node = yes ]; then
		(cd "$dir" && node peers.js entries reads "$seconds") >"$dir/node.out"
		note "mnemonist SymSpell" "$(sed -n 1p "$dir/node.out" | field reads_per_s)"
		note "fastest-levenshtein scan" "$(sed -n 2p "$dir/node.out" | field reads_per_s)"
	fi
	if [ -n "$pg" ]; then
		note "PostgreSQL levenshtein" "$(pg_rate 'levenshtein_less_equal(r.p, e.p, 1) <= 1')"
		note "PostgreSQL pg_trgm" "$(pg_rate 'r.p % e.p')"
	fi
	if [ -n "$module" ]; then
		begun=$(date +%s.%N)
		cli <"$dir/searches" >/dev/null
		note "RediSearch %fuzzy%" "$(awk -v a="$begun" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", 2000 / (b - a) }')"
	fi
done

median() { awk -F'\t' -v k="$1" '$1 == k { print $2 }' "$dir/figures" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
cut -f1 "$dir/figures" | sort -u | while IFS= read -r who; do
	awk -v who="$who" -v r="$(median "$who")" -v sparse="$(median 'index, sparse table')" -v learned="$(median 'index, learned table')" -v n="$rounds" 'BEGIN {
		printf "{\"bench\":\"peers\",\"entries\":10000,\"who\":\"%s\",\"reads_per_s\":%.1f,\"rounds\":%d,\"index_sparse_ratio\":%.2f,\"index_learned_ratio\":%.2f}\n",
			who, r, n, sparse / r, learned / r }'
done
