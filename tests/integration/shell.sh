# Sourced by the shell tests: a folder of their own that goes when they end, and ways to ask hotlistctl. Options for every call may stand in $always.
ctl=${HL_BUILD:-.}/hotlistctl
work=$(mktemp -d "${TMPDIR:-/tmp}/hl-shell-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
unset HOTLISTD_CONFIG HOTLISTD_STATE 2>/dev/null || true
fail() { echo "FAIL: $*"; exit 1; }
# expect CODE WORDS...: runs hotlistctl, output to out and errors to err.
expect() {
	want=$1; shift
	got=0
	# shellcheck disable=SC2086
	"$ctl" ${always:-} "$@" >out 2>err || got=$?
	[ "$got" = "$want" ] || { cat out err; fail "$* ended with $got instead of $want"; }
}
