#!/bin/sh
# Ten minutes at 10,000 reads/s, 1 % of them listed: nothing lost, memory and descriptors level, no trace of what matched nothing. Words are handed on to drill_soak. Run in the
# build folder.
set -eu
HL_TOP=${HL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
export HL_TOP
exec "${HL_BUILD:-.}/drill_soak" "$@"
