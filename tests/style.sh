#!/bin/sh
# House rules that a script can see: length of functions (60) and files (500), banned calls, no unfinished marks, no clock or log below floor 4, no thread
# started there but by base/crew.c.
# Prints the longest. Needs ctags (universal-ctags).
set -eu
top=${srcdir:-$(dirname "$0")/..}
cd "$top"
bad=$(mktemp); all=$(mktemp)
trap 'rm -f "$bad" "$all"' EXIT

# What a build in the tree generates is nobody's writing.
files=$(find src tests -name '*.[ch]' ! -path src/core/channel_shipped.c ! -path src/store/redis_script.h | sort)
for f in $files; do
	n=$(wc -l <"$f")
	[ "$n" -le 500 ] || echo "$f: $n lines, at most 500" >>"$bad"
done

if command -v ctags >/dev/null 2>&1; then
	# shellcheck disable=SC2086
	ctags -f - --languages=C --kinds-C=f --fields=+ne $files 2>/dev/null |
		awk -F'\t' '{l=e=0; for(i=4;i<=NF;i++){ if($i ~ /^line:/) l=substr($i,6); if($i ~ /^end:/) e=substr($i,5)} print e-l+1 "\t" $2 ":" l "\t" $1}' |
		sort -rn >"$all"
	echo "longest functions:"; head -n 5 "$all"
	awk -F'\t' '$1>60 {print $2 ": " $3 " has " $1 " lines, at most 60"}' "$all" >>"$bad"
elif [ -n "${CI:-}" ]; then
	echo "ctags is missing: the length of functions can't be checked" >>"$bad"
fi

# shellcheck disable=SC2086
grep -nE '\b(sprintf|strcpy|strcat|strtok|atoi|atol|gets|localtime|gmtime|strncpy|system|alloca)[ ]*\(' $files | sed 's/$/   <- banned call/' >>"$bad" || true
grep -nE '\b(TODO|FIXME|XXX)\b' -r src tests quickstart --include='*.[ch]' --include='*.sh' --include='*.py' --include=quickstart |
	grep -v '^tests/style.sh' | sed 's/$/   <- unfinished mark/' >>"$bad" || true
grep -nE '\b(hl_clock_(real|mono)_(ms|ns)|hl_log|hl_log_limited|exit|abort|time|clock_gettime|gettimeofday)[ ]*\(' -r src/core src/format src/store src/adapter src/engine --include='*.c' |
	grep -vE '^[^:]*:[0-9]+:[[:space:]]*(/?\*|//)' | sed 's/$/   <- clock, log or exit below floor 4/' >>"$bad" || true
grep -nE '\b(pthread_create|thrd_create|fork|vfork|timer_create)[ ]*\(' -r src/base src/core src/format src/store src/adapter src/engine --include='*.c' |
	grep -v '^src/base/crew\.c:' | sed 's/$/   <- a thread below floor 4: base\/crew.h/' >>"$bad" || true
grep -nE '(malloc|calloc|realloc|strdup|strndup)[ ]*\(' -r src --include='*.c' | grep -vE 'hl_(alloc|calloc|realloc|strdup|strndup)|src/base/mem\.c' |
	sed 's/$/   <- unchecked allocation/' >>"$bad" || true
grep -nE '^[[:space:]]*(sleep|usleep|nanosleep)[ ]*\(' -r src tests --include='*.c' | sed 's/$/   <- bare sleep/' >>"$bad" || true

if [ -s "$bad" ]; then
	cat "$bad"
	echo "style: $(wc -l <"$bad") faults"
	exit 1
fi
echo "style: clean"
