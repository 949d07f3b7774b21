# Tests: bench/local.

noinst_PROGRAMS += bench_match
bench_match_SOURCES = tests/bench/bench_match.c
bench_match_LDADD = $(core_libs)
EXTRA_DIST += tests/bench/bench_vs_prototype.sh
