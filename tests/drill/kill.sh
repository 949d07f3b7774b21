#!/bin/sh
# kill -9 at every named point and at random moments, many times over: of the stream, and of a list's versions. HL_KILL_CYCLES: how many random runs (200). Run in the build folder.
set -eu
HL_TOP=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
HL_BUILD=${HL_BUILD:-$PWD}
HL_KILL_CYCLES=${HL_KILL_CYCLES:-200}
export HL_TOP HL_BUILD HL_KILL_CYCLES
/usr/bin/python3 "$HL_TOP/tests/integration/system/test_crash.py"
exec /usr/bin/python3 "$HL_TOP/tests/integration/system/test_versions.py"
