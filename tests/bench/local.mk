# Tests: bench/local.

noinst_PROGRAMS += bench_match
bench_match_SOURCES = tests/bench/bench_match.c
bench_match_LDADD = $(core_libs)
EXTRA_DIST += tests/bench/bench_vs_prototype.sh

# `make bench` runs each script of bench_scripts in the build folder; JSON lines.
EXTRA_DIST += tests/bench/bench_match.sh
bench_scripts = tests/bench/bench_match.sh
bench: all
	@for s in $(bench_scripts); do $(srcdir)/$$s || exit 1; done
.PHONY: bench
