#!/bin/sh
# The floors of doc/architecture.md: a file includes from its own room and from lower floors only, and each third-party header
# stands only where the table allows it.
set -eu
top=${srcdir:-$(dirname "$0")/..}
cd "$top"
bad=$(mktemp)
trap 'rm -f "$bad"' EXIT

floor() {
	case $1 in
	base) echo 0 ;; core) echo 1 ;; format | store | adapter) echo 2 ;; engine) echo 3 ;; daemon | ctl) echo 4 ;; *) echo 9 ;;
	esac
}

for f in $(find src -name '*.[ch]' | sort); do
	room=${f#src/}; room=${room%%/*}
	sed -n 's/^#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$f" | while read -r inc; do
		case $inc in
		config.h) continue ;;
		*/*) ;;
		*) echo "$f: include \"$inc\" without its room" >>"$bad"; continue ;;
		esac
		other=${inc%%/*}
		[ "$other" = "$room" ] && continue
		[ "$(floor "$other")" -lt "$(floor "$room")" ] || echo "$f: floor $(floor "$room") ($room) includes $inc of floor $(floor "$other")" >>"$bad"
	done
done

# header-pattern  allowed-path-pattern (extended regular expressions)
while read -r header where; do
	[ -n "$header" ] || continue
	grep -lE "#[[:space:]]*include[[:space:]]*<$header>" -r src --include='*.[ch]' | grep -vE "^($where)$" | while read -r f; do
		echo "$f: $header is allowed only in $where" >>"$bad"
	done
done <<'TABLE'
yaml\.h src/base/conf\.c
glib.*\.h src/base/zone\.c
sodium.*\.h src/base/crypto\.c
utf8proc\.h src/base/text\.c
jansson\.h src/format/[a-z0-9_]+\.c|src/daemon/api[a-z0-9_]*\.c
zmq\.h src/daemon/ingest[a-z0-9_]*\.c|src/ctl/cmd_send\.c
sqlite3\.h src/store/sqlite[a-z0-9_]*\.[ch]
hiredis.*\.h src/store/redis[a-z0-9_]*\.c
curl/curl\.h src/daemon/deliver[a-z0-9_]*\.[ch]|src/ctl/api_client\.c
microhttpd\.h src/daemon/http[a-z0-9_]*\.c
TABLE

if [ -s "$bad" ]; then
	cat "$bad"
	echo "floors: $(wc -l <"$bad") faults"
	exit 1
fi
echo "floors: clean"
