#!/bin/sh
# The soak in short: the ledger of a steady stream, and no plate of a read that matched nothing in any file. The long one is tests/drill/soak.sh.
set -eu
exec "$HL_TOP/tests/drill/soak.sh" --entries 20000 --rate 2000 --seconds 8
