#!/bin/sh
# hotlistctl list, without a daemon: exit codes, JSON, and an export that imports again to the same version.
set -eu
. "$(dirname "$0")/shell.sh"
printf 'plate,state,category,case\nABC123,CA,stolen,1\n"TOO,LONG-PLATE-99",CA,stolen,2\nXYZ 9,NV,"fel""ony",3\n' >a.csv

# Linting needs no state folder and makes none.
expect 65 list lint stolen a.csv --layout csv --json
[ "$(wc -l <out)" = 1 ] || fail "one fault, one line"
grep -q '^{"line":3,"column":1,"field":"plate","found":"TOO,LONG-PLATE-99","expected":"' out || fail "the fault: $(cat out)"
expect 0 list layouts
grep -q '^ncic-fixed ' out || fail "the layouts: $(cat out)"
expect 66 list lint stolen missing.csv --layout csv
expect 64 list lint stolen
[ "$(ls | sort | tr '\n' ' ')" = 'a.csv err out ' ] || fail "lint left something behind: $(ls)"

# Help of one family, however it is asked for.
expect 64 alrt ls
grep -q "unknown command 'alrt ls' (did you mean 'alert'?)" err || fail "no suggestion: $(cat err)"
for words in 'help list' 'list --help' 'list import --help'; do
	# shellcheck disable=SC2086
	expect 0 $words
	grep -q '^  list import NAME FILE' out || fail "$words: $(cat out)"
	! grep -q '^  alert ' out || fail "$words tells other families"
done

# A list that the settings don't have is said to be none, with the one that was meant.
printf 'state: t\nrules: r.yaml\nlists: {stolen: {agency: METRO, layout: csv}}\nreceivers: {}\n' >known.yaml
expect 0 list import stloen a.csv --layout csv --state t -c known.yaml
grep -q "^warning: the settings have no list 'stloen' (did you mean 'stolen'?)" out || fail "no warning: $(cat out err)"
expect 0 list import stloen a.csv --layout csv --state t -c known.yaml --json
grep -q "\"warning\":\"the settings have no list 'stloen'" out || fail "no warning in JSON: $(cat out err)"
expect 0 mute add --when list=stloen --for 1h --why try --state t -c known.yaml
grep -q "^warning: the settings have no list 'stloen' (did you mean 'stolen'?)" out || fail "a mute of no list: $(cat out err)"
rm -rf t known.yaml

# A covert list is none to an officer by the settings, and is one to others.
settings() { printf 'state: u\nrules: r.yaml\nlists: {quiet: {agency: METRO, layout: csv, covert: true, require: [plate]}}\nusers: {%s: {role: %s}}\nreceivers: {}\n' "$(id -un)" "$1" >people.yaml; }
settings supervisor
expect 0 list import quiet a.csv -c people.yaml
expect 0 list versions -c people.yaml
grep -q '^quiet ' out || fail "a supervisor keeps the list: $(cat out)"
settings officer
for words in 'show quiet' 'export quiet' 'versions quiet' 'diff quiet' 'import quiet a.csv'; do
	# shellcheck disable=SC2086
	expect 66 list $words -c people.yaml
	grep -q "there is no version of a list 'quiet'" err || fail "$words: $(cat err)"
done
expect 0 list versions -c people.yaml
! grep -q quiet out || fail "an officer sees the list: $(cat out)"
rm -rf u people.yaml

expect 65 list import stolen a.csv --layout csv --strict --state s
expect 66 list versions stolen --state s
expect 65 list import --strict stolen --layout csv a.csv --state s
expect 66 list versions stolen --state s
expect 0 list import stolen a.csv --layout csv --state s --json
grep -q '"entries":2,"rejected":1,' out || fail "the report: $(cat out)"
expect 0 list export stolen --state s
cp out b.csv
expect 0 list import stolen b.csv --layout csv --state s --json --activate
grep -q '"existing":true,"active":true,' out || fail "the export is another version: $(cat b.csv out)"
expect 64 list activate stolen newest why --state s
expect 0 list activate stolen newest --reason 'the reason' --state s
grep -q '"why":"the reason"}$' s/lists/stolen/activations.jsonl || fail "the reason is not kept"
expect 0 list show stolen --plate xyz9 --state s --json
grep -q '"category":"fel\\"ony"' out || fail "the entry: $(cat out)"
# What is over already is taken, and told; without a daemon there is nothing to reload; an empty variable is none.
printf 'plate,expires\nABC123,2020-01-01\nXYZ9,2199-01-01\n' >over.csv
expect 0 list lint over over.csv --layout csv --json
[ "$(wc -l <out)" = 1 ] && grep -q '^{"line":2,.*"expires","found":"2020-01-01T.*never matches","severity":"warning"}' out || fail "an entry that is over: $(cat out)"
expect 0 list import over over.csv --layout csv --state s
grep -q 'over.csv:2: warning: expires: ' out || fail "an entry that is over: $(cat out)"
expect 69 reload --state s
grep -q 'no daemon is running' err || fail "reload without a daemon: $(cat err)"
export HOTLISTD_CONFIG=
expect 0 list versions --state s
unset HOTLISTD_CONFIG
expect 0 -h
echo '{"camera":"c","time":1,"plate":"A1"}' >reads.jsonl
expect 69 send --to "ipc://$work/nobody" --wait 0.2 reads.jsonl
grep -q 'nobody took the reads' err && grep -q '^0 reads sent' out || fail "reads sent to nobody: $(cat out err)"
# One hotlistctl may feed another, and several may work on one state: they wait for each other.
"$ctl" list export stolen --state s | "$ctl" list import again - --layout csv --state s >out 2>err || fail "export into import: $(cat out err)"
grep -q '2 good' out || fail "export into import: $(cat out)"
for i in 1 2 3 4; do "$ctl" list versions --state s >/dev/null 2>>err & done
wait
[ ! -s err ] || fail "side by side: $(cat err)"
# A list that never ends, or that is too large, is refused.
expect 65 list lint endless /dev/zero --layout csv
grep -q 'expected a file or a pipe' err || fail "an endless file: $(cat err)"
truncate -s 4097M large
expect 65 list lint large large --layout csv
grep -q 'more than 4294967296 bytes' err || fail "a large file: $(cat err)"
rm large
head -c 200000 /dev/urandom >junk
expect 65 list import junk junk --layout csv --state s
expect 65 list import junk junk --layout ncic-fixed --state s
[ ! -e s/lists/junk ] || fail "junk left a list behind"
echo "list: ok"
