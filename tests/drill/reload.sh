#!/bin/sh
# A hundred reloads under 20,000 reads/s, half of them of broken rules: no read missed, no wrong version of the rules named. Run in the build folder.
set -eu
HL_TOP=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
HL_BUILD=${HL_BUILD:-$PWD}
HL_RELOADS=${HL_RELOADS:-100} HL_RATE=${HL_RATE:-20000}
export HL_TOP HL_BUILD HL_RELOADS HL_RATE
exec /usr/bin/python3 "$HL_TOP/tests/integration/system/test_reload_storm.py"
