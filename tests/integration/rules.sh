#!/bin/sh
# `hotlistctl rules` as a person runs it: check, test, and their exit codes.
set -eu
ctl=${HL_BUILD:-.}/hotlistctl
dir=$(mktemp -d "${TMPDIR:-/tmp}/hl-rules-XXXXXX")
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAIL: $*"; exit 1; }
code() { want=$1; shift; got=0; "$@" >"$dir/out" 2>"$dir/err" || got=$?; [ "$got" = "$want" ] || { cat "$dir/out" "$dir/err"; fail "$* ended with $got, expected $want"; }; }
said() { cmp -s "$dir/$1" - <"$dir/want" || { diff "$dir/$1" "$dir/want" || :; fail "$2"; }; }
unset HOTLISTD_CONFIG
cd "$dir"

cat >patrol.yaml <<'END'
version: 1
timezone: America/Denver
lists: {stolen: {priority: 1}}
zones:
  downtown: {cameras: [cam1, cam2]}
  border: {polygon: [[39.1, -104.9], [39.2, -104.9], [39.2, -104.7]]}
route:
  receivers: [desk]
  routes:
    - when: {category: amber}
      receivers: [everyone]
      continue: true
    - when: {list: [stolen, felony], zone: downtown, at: "Mon-Fri 06:00-18:00"}
      receivers: north
      routes:
        - when: {priority: "<=2", decision: alert}
          receivers: [north, watch]
    - when: {zone: border}
      receivers: [border]
mute:
  - {when: {list: scofflaw, at: "Sat,Sun"}, until: 2099-01-01, comment: "no enforcement"}
END

# Where an alert goes, and why.
code 1 "$ctl" rules test patrol.yaml --list stolen --category stolen --camera cam7 --priority 1 --at '2026-11-22T23:10-07:00' --expect north,desk
cat >want <<'END'
  10:7 no: category: amber, here: stolen
  13:7 no: zone: downtown, here: camera cam7, no position
  18:7 no: zone: border, here: camera cam7, no position
8:3 tells desk
decision: alert (exact, and the probability is not below alert_probability)
told: desk; expected: north, desk
END
said out "a case that is not as expected"
code 0 "$ctl" rules test patrol.yaml --list stolen --category=amber --camera cam1 --at 2026-11-23T07:10 --expect watch,north,everyone
cat >want <<'END'
  10:7 fits: {category: amber}, and the routes below are tried, too
  10:7 tells everyone
  13:7 fits: {list: [stolen, felony], zone: downtown, at: "Mon-Fri 06:00-18:00"}
    16:11 fits: {priority: "<=2", decision: alert}
    16:11 tells north, watch
decision: alert (exact, and the probability is not below alert_probability)
told: everyone, north, watch
END
said out "a case as expected"
code 0 "$ctl" rules test patrol.yaml --list scofflaw --at 2026-11-22 --expect ""
grep -q '^muted by 21:12: no enforcement$' out || fail "no mute: $(cat out)"
code 0 "$ctl" rules test patrol.yaml --list stolen --kind edit --plate-probability 0.1
grep -q '^decision: drop (the plate probability is below min_probability)$' out || fail "no reason: $(cat out)"
code 0 "$ctl" rules test patrol.yaml --list stolen --late
grep -q '^decision: verify (late)$' out || fail "--late: $(cat out)"
code 0 "$ctl" --json rules test patrol.yaml --camera cam3 --position 39.15,-104.85 --expect border
echo '{"tried":[{"line":10,"column":7,"depth":1,"result":"no","key":"category","condition":"amber","found":"not given"},{"line":13,"column":7,"depth":1,"result":"no","key":"list","condition":"[stolen, felony]","found":"not given"},{"line":18,"column":7,"depth":1,"result":"fits","condition":"{zone: border}"},{"line":18,"column":7,"depth":1,"result":"tells","receivers":["border"]}],"decision":"alert","why":"exact, and the probability is not below alert_probability","told":["border"],"expected":["border"],"ok":true}' >want
said out "JSON of a case"

# Rules with the defaults filled in, as they are shown and as they are read again.
code 0 "$ctl" rules show patrol.yaml
grep -q '^    priority: "<=2", decision: alert -> north, watch$' out || fail "show: $(cat out)"
code 0 "$ctl" rules show --yaml patrol.yaml
cp out shown.yaml
code 0 "$ctl" rules check shown.yaml
code 0 "$ctl" rules test shown.yaml --list stolen --camera cam1 --at 2026-11-23T07:10 --expect watch,north
code 0 "$ctl" --json rules show patrol.yaml
python3 -c 'import json; v = json.load(open("out")); assert v["thresholds"][1] == {"list": "stolen", "max_cost": 1, "min_probability": 0.2, "alert_probability": 0.8, "min_confidence": 0, "candidates": 10, "candidate_cost": 1, "priority": 1}' || fail "show --json"
code 64 "$ctl" rules show
code 64 "$ctl" rules show --text patrol.yaml
code 64 "$ctl" --json rules show --yaml patrol.yaml
code 78 "$ctl" rules show missing.yaml

# The words are checked like a file.
code 64 "$ctl" rules test patrol.yaml --lst stolen --position 95,1 --priority 12
grep -q "unknown key 'lst' (did you mean 'list'?)" err || fail "$(cat err)"
grep -q "'latitude' is '95': expected a decimal number from -90 to 90" err || fail "$(cat err)"
grep -q "'priority' is '12'" err || fail "$(cat err)"
code 64 "$ctl" rules test
code 64 "$ctl" rules test patrol.yaml other.yaml
code 64 "$ctl" rules test patrol.yaml --list
code 64 "$ctl" rules test patrol.yaml --list stolen --suite cases.yaml
code 78 "$ctl" rules test missing.yaml
echo 'version: 2' >bad.yaml
code 78 "$ctl" rules test bad.yaml
echo 'version: 1' >none.yaml
code 78 "$ctl" rules test none.yaml
grep -q "the rules have no 'route'" err || fail "$(cat err)"

# For editors.
cat >slips.yaml <<'END'
version: 1
lists: {"café": {priority: "12"}, stolen: {prioritaet: 1, priorit: 2}}   # é is one column
timezone: Europe/Nowhere
route:
  receivers: desk
END
code 78 "$ctl" --json rules check slips.yaml
cat >look.py <<'END'
import json
line = open("slips.yaml", encoding="utf-8").read().splitlines()
seen = {line[f["line"] - 1][f["column"] - 1:f["end"] - 1]: f for f in json.load(open("out", encoding="utf-8"))}
assert set(seen) == {'"café"', '"12"', "prioritaet", "priorit", "Europe/Nowhere"}, seen.keys()
assert seen["priorit"]["suggestion"] == "priority" and seen['"12"']["expected"] == "a whole number from 1 to 9", seen
assert all(f["severity"] == "error" and f["file"] == "slips.yaml" for f in seen.values())
END
python3 look.py || fail "check --json: $(cat out)"

# A suite.
cat >cases.yaml <<'END'
cases:
  - {name: by day, list: stolen, camera: cam1, at: "2026-11-23T07:10", expect: [north, watch]}
  - {name: at the border, position: [39.15, -104.85], expect: border}
  - {name: silent on Sundays, list: scofflaw, at: "2026-11-22T10:00", expect: []}
END
code 0 "$ctl" rules test patrol.yaml --suite cases.yaml
echo '3 of 3 cases as expected' >want
said out "a suite as expected"
echo '  - {name: silent on Mondays, list: scofflaw, at: "2026-11-23T10:00", expect: []}' >>cases.yaml
code 1 "$ctl" rules test patrol.yaml --suite cases.yaml
cat >want <<'END'
cases.yaml:5:5: silent on Mondays
  10:7 no: category: amber, here: not given
  13:7 no: list: [stolen, felony], here: scofflaw
  18:7 no: zone: border, here: camera not given, no position
8:3 tells desk
decision: alert (exact, and the probability is not below alert_probability)
told: desk; expected: nobody
3 of 4 cases as expected
END
said out "a suite with one that is not"
code 1 "$ctl" --json rules test patrol.yaml --suite cases.yaml
python3 -c 'import json; v = json.load(open("out")); assert [c["ok"] for c in v] == [True, True, True, False] and [c["line"] for c in v] == [2, 3, 4, 5]' || fail "JSON of a suite"
printf 'cases:\n  - {lst: stolen, expect: north}\n' >cases.yaml
code 78 "$ctl" rules test patrol.yaml --suite cases.yaml
grep -q "^cases.yaml:2:6: unknown key 'lst' (did you mean 'list'?)$" err || fail "$(cat err)"
code 78 "$ctl" rules test patrol.yaml --suite missing.yaml
echo "rules: as expected"
