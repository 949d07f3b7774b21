#!/bin/sh
# The outbox under fire, many rounds: broken connections, receivers in trouble, kill -9 in between; a line of sums each. HL_FIRE_CYCLES: how many (40). Run in the build folder.
set -eu
HL_TOP=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
HL_BUILD=${HL_BUILD:-$PWD}
HL_FIRE_CYCLES=${HL_FIRE_CYCLES:-40}
HL_FIRE_READS=${HL_FIRE_READS:-120}
export HL_TOP HL_BUILD HL_FIRE_CYCLES HL_FIRE_READS
exec /usr/bin/python3 "$HL_TOP/tests/integration/system/test_fire.py"
