# Tests: fuzz targets, built with --enable-fuzz (clang). Run one as: tests/fuzz/fuzz_read CORPUS_DIR.
fuzz_ldflags = $(AM_LDFLAGS) $(HL_FUZZ_LDFLAGS)
EXTRA_DIST += \
	tests/fuzz/corpus/audit/chain \
	tests/fuzz/corpus/audit/checkpoint \
	tests/fuzz/corpus/index/buckets \
	tests/fuzz/corpus/index/count \
	tests/fuzz/corpus/index/cut \
	tests/fuzz/corpus/index/families \
	tests/fuzz/corpus/index/items \
	tests/fuzz/corpus/index/postings \
	tests/fuzz/corpus/index/scan \
	tests/fuzz/corpus/index/shape \
	tests/fuzz/corpus/index/whole \
	tests/fuzz/corpus/layout/fuzz-delimited.yaml \
	tests/fuzz/corpus/layout/fuzz-fixed.yaml \
	tests/fuzz/corpus/lint/codes \
	tests/fuzz/corpus/lint/dates \
	tests/fuzz/corpus/lint/junk \
	tests/fuzz/corpus/lint/partial \
	tests/fuzz/corpus/lint/required \
	tests/fuzz/corpus/lint/twins \
	tests/fuzz/corpus/layout/fuzz-tags.yaml \
	tests/fuzz/corpus/list/clew \
	tests/fuzz/corpus/list/csv-bad \
	tests/fuzz/corpus/list/csv-good \
	tests/fuzz/corpus/list/delimited \
	tests/fuzz/corpus/list/fixed \
	tests/fuzz/corpus/list/flock-json \
	tests/fuzz/corpus/list/genetec \
	tests/fuzz/corpus/list/il-leads \
	tests/fuzz/corpus/list/ncic \
	tests/fuzz/corpus/list/oh \
	tests/fuzz/corpus/list/plates \
	tests/fuzz/corpus/list/tags \
	tests/fuzz/corpus/list/wa \
	tests/fuzz/corpus/match/dense \
	tests/fuzz/corpus/match/sparse \
	tests/fuzz/corpus/match/two \
	tests/fuzz/corpus/message/created \
	tests/fuzz/corpus/message/markup \
	tests/fuzz/corpus/message/standdown \
	tests/fuzz/corpus/template/html \
	tests/fuzz/corpus/template/sections \
	tests/fuzz/corpus/template/short \
	tests/fuzz/corpus/read/full.json \
	tests/fuzz/corpus/read/lines.json \
	tests/fuzz/corpus/read/pretty.json \
	tests/fuzz/corpus/read/surrogate.json \
	tests/fuzz/corpus/read/types.json
if ENABLE_FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_audit
tests_fuzz_fuzz_audit_SOURCES = tests/fuzz/fuzz_audit.c
tests_fuzz_fuzz_audit_LDADD = libhl_store.a $(core_libs)
tests_fuzz_fuzz_audit_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_index
tests_fuzz_fuzz_index_SOURCES = tests/fuzz/fuzz_index.c
tests_fuzz_fuzz_index_LDADD = $(core_libs)
tests_fuzz_fuzz_index_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_channel
tests_fuzz_fuzz_channel_SOURCES = tests/fuzz/fuzz_channel.c
tests_fuzz_fuzz_channel_LDADD = $(core_libs)
tests_fuzz_fuzz_channel_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_layout
tests_fuzz_fuzz_layout_SOURCES = tests/fuzz/fuzz_layout.c
tests_fuzz_fuzz_layout_LDADD = $(format_libs)
tests_fuzz_fuzz_layout_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_lint
tests_fuzz_fuzz_lint_SOURCES = tests/fuzz/fuzz_lint.c
tests_fuzz_fuzz_lint_LDADD = $(engine_libs)
tests_fuzz_fuzz_lint_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_list
tests_fuzz_fuzz_list_SOURCES = tests/fuzz/fuzz_list.c
tests_fuzz_fuzz_list_LDADD = $(format_libs)
tests_fuzz_fuzz_list_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_match
tests_fuzz_fuzz_match_SOURCES = tests/fuzz/fuzz_match.c tests/unit/brute.c tests/unit/brute.h
tests_fuzz_fuzz_match_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_fuzz_fuzz_match_LDADD = $(core_libs)
tests_fuzz_fuzz_match_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_message
tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz_message.c tests/fuzz/html_tokens.h
tests_fuzz_fuzz_message_LDADD = libhl_adapter.a $(core_libs)
tests_fuzz_fuzz_message_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_template
tests_fuzz_fuzz_template_SOURCES = tests/fuzz/fuzz_template.c tests/fuzz/html_tokens.h
tests_fuzz_fuzz_template_LDADD = libhl_adapter.a $(core_libs)
tests_fuzz_fuzz_template_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_read
tests_fuzz_fuzz_read_SOURCES = tests/fuzz/fuzz_read.c
tests_fuzz_fuzz_read_LDADD = $(format_libs)
tests_fuzz_fuzz_read_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_rules
tests_fuzz_fuzz_rules_SOURCES = tests/fuzz/fuzz_rules.c
tests_fuzz_fuzz_rules_LDADD = $(core_libs)
tests_fuzz_fuzz_rules_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_scan
tests_fuzz_fuzz_scan_SOURCES = tests/fuzz/fuzz_scan.c tests/unit/same_read.h
tests_fuzz_fuzz_scan_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_fuzz_fuzz_scan_LDADD = $(format_libs)
tests_fuzz_fuzz_scan_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_snapshot
tests_fuzz_fuzz_snapshot_SOURCES = tests/fuzz/fuzz_snapshot.c
tests_fuzz_fuzz_snapshot_LDADD = libhl_store.a $(core_libs)
tests_fuzz_fuzz_snapshot_LDFLAGS = $(fuzz_ldflags)
noinst_PROGRAMS += tests/fuzz/fuzz_settings
tests_fuzz_fuzz_settings_SOURCES = tests/fuzz/fuzz_settings.c
tests_fuzz_fuzz_settings_LDADD = $(engine_libs)
tests_fuzz_fuzz_settings_LDFLAGS = $(fuzz_ldflags)
endif
