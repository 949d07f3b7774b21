#!/bin/sh
# The worked examples under rules/examples: each has no fault and no warning with its settings, does what its cases say, also as `rules show --yaml` writes it; and its
# cases leave no receiver and no mute out. A rule taken away is noticed.
set -eu
ctl=${HL_BUILD:-.}/hotlistctl
daemon=${HL_BUILD:-.}/hotlistd
from=${HL_TOP:-.}/rules/examples
dir=$(mktemp -d "${TMPDIR:-/tmp}/hl-examples-XXXXXX")
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAIL: $*"; exit 1; }
unset HOTLISTD_CONFIG
n=0
notices() { got=0; suite "$1" "$2" || got=$?; [ "$got" = 1 ]; } # not a fault of the file, which would be 78
suite() { "$ctl" -c "$from/$1.settings.yaml" rules test "$2" --suite "$from/$1.cases.yaml" >"$dir/out" 2>&1; }

for cases in "$from"/*.cases.yaml; do
	name=$(basename "$cases" .cases.yaml)
	rules=$from/$name.yaml
	"$ctl" -c "$from/$name.settings.yaml" rules check "$rules" >"$dir/out" 2>&1 || { cat "$dir/out"; fail "$name has a fault"; }
	[ "$(wc -l <"$dir/out")" = 1 ] || { cat "$dir/out"; fail "$name has a warning"; }
	"$daemon" -c "$from/$name.settings.yaml" --check-config >/dev/null || fail "the settings of $name have a fault"
	suite "$name" "$rules" || { cat "$dir/out"; fail "$name does not do what its cases say"; }
	[ "$(grep -c '^  - {name' "$cases")" -ge 15 ] || fail "$name has too few cases"

	"$ctl" rules show "$rules" --yaml >"$dir/shown.yaml"
	suite "$name" "$dir/shown.yaml" || { cat "$dir/out"; fail "$name, as rules show writes it, does something else"; }

	for receiver in $(sed -n '/^receivers:/,$s/^  \([a-z-]*\):.*/\1/p' "$from/$name.settings.yaml"); do
		grep -Eq "expect:.*[[ ]$receiver[],}]" "$cases" || fail "no case of $name expects $receiver"
	done

	# Whatever is taken away, a case notices: each mute, and each route that tells somebody.
	grep -n '^  - {when: ' "$rules" | cut -d: -f1 >"$dir/mutes"
	while read -r line; do
		sed "${line}s/.*/  - {when: {list: no-such-list}}/" "$rules" >"$dir/$name.yaml"
		cp "$from"/*.places.yaml "$dir"
		notices "$name" "$dir/$name.yaml" || fail "no case of $name notices that line $line is not there: $(cat "$dir/out")"
	done <"$dir/mutes"
	grep -n '^ *receivers: ' "$rules" | cut -d: -f1 >"$dir/routes"
	while read -r line; do
		sed "${line}s/receivers: .*/receivers: [nobody-at-all]/" "$rules" >"$dir/$name.yaml"
		notices "$name" "$dir/$name.yaml" || fail "no case of $name notices who is told by line $line"
	done <"$dir/routes"
	n=$((n + 1))
done

# What doc/supervisor.md shows is what is printed.
said() { while IFS= read -r line; do grep -Fqx "    $line" "${HL_TOP:-.}/doc/supervisor.md" || fail "doc/supervisor.md does not have: $line"; done <"$dir/out"; }
cp "$from"/* "$dir"
cd "$dir"
case $ctl in /*) ;; *) ctl=$OLDPWD/$ctl ;; esac
HL_TOP=$(cd "$OLDPWD" && cd "${HL_TOP:-.}" && pwd)
sed 's/late_after: 10m/late_after: 10/; s/zone: north}/zone: nroth}/' city-patrol.yaml >next.yaml
! "$ctl" -c city-patrol.settings.yaml rules check next.yaml >out 2>&1 || fail "faults are not found"
said
"$ctl" -c city-patrol.settings.yaml rules test city-patrol.yaml --list stolen --camera mall-1 --at 2026-11-27T23:30 >out
said
awk '/\[all-cars, watch\]/ { print; getline; next } { print }' city-patrol.yaml >next.yaml
! "$ctl" -c city-patrol.settings.yaml rules test next.yaml --suite city-patrol.cases.yaml >out 2>&1 || fail "the suite does not notice"
said
[ "$n" = 3 ] || fail "there are $n examples"
