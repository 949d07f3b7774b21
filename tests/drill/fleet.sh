#!/bin/sh
# Three nodes on one Redis: nodes, Redis and both killed, nodes stopped past the time after which their reads are another's, and the way to Redis cut, over and over; a ledger outside of
# all of them reconciles every read at the end. HL_FLEET_CYCLES: how many times (100); HL_FLEET_SEED repeats one. Run in the build folder.
set -eu
HL_TOP=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
HL_BUILD=${HL_BUILD:-$PWD}
HL_FLEET_CYCLES=${HL_FLEET_CYCLES:-100}
export HL_TOP HL_BUILD HL_FLEET_CYCLES
exec /usr/bin/python3 "$HL_TOP/tests/integration/system/test_fleet.py" whatever_is_killed_stopped_or_cut_off_nothing_is_lost
