# Tests: the whole daemon with real receivers over sockets. They need the programs with test hooks.
system_tests = \
	tests/integration/system/test_crash.py \
	tests/integration/system/test_deliver.py \
	tests/integration/system/test_stream.py
EXTRA_DIST += $(system_tests) tests/integration/system/harness.py
TESTS += tests/integration/exhaustive.sh
EXTRA_DIST += tests/integration/exhaustive.sh
AM_TESTS_ENVIRONMENT = HL_BUILD='$(abs_top_builddir)'; HL_TOP='$(abs_top_srcdir)'; export HL_BUILD HL_TOP;
TESTS += tests/integration/channel_learn.sh
EXTRA_DIST += tests/integration/channel_learn.sh
TESTS += tests/integration/list.sh
EXTRA_DIST += tests/integration/list.sh
