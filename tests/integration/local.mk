# Tests: the programs from the shell, and the whole daemon with real receivers over sockets. The latter need test hooks.
system_tests = \
	tests/integration/system/test_audit.py \
	tests/integration/system/test_backup.py \
	tests/integration/system/test_control.py \
	tests/integration/system/test_crash.py \
	tests/integration/system/test_curve.py \
	tests/integration/system/test_deliver.py \
	tests/integration/system/test_drop.py \
	tests/integration/system/test_escalate.py \
	tests/integration/system/test_faults.py \
	tests/integration/system/test_fire.py \
	tests/integration/system/test_hand.py \
	tests/integration/system/test_mute.py \
	tests/integration/system/test_fleet.py \
	tests/integration/system/test_redis.py \
	tests/integration/system/test_reload_storm.py \
	tests/integration/system/test_rough.py \
	tests/integration/system/test_rules_live.py \
	tests/integration/system/test_report.py \
	tests/integration/system/test_life.py \
	tests/integration/system/test_standdown.py \
	tests/integration/system/test_replay.py \
	tests/integration/system/test_replay_store.py \
	tests/integration/system/test_shadow.py \
	tests/integration/system/test_story.py \
	tests/integration/system/test_stream.py \
	tests/integration/system/test_swaps.py \
	tests/integration/system/test_threads.py \
	tests/integration/system/test_versions.py \
	tests/integration/system/test_watch.py
EXTRA_DIST += $(system_tests) tests/integration/system/harness.py tests/integration/system/proxy.py tests/integration/verify_audit.py tests/data/state-1/expected.json tests/data/state-1/state.tar.xz
EXTRA_DIST += tests/integration/system/test_redis.py
if WITH_REDIS
redis_tests = tests/integration/system/test_redis.py
endif
if ENABLE_TEST_HOOKS
TESTS += $(redis_tests)
TESTS += $(system_tests)
endif
TESTS += tests/integration/soak.sh
EXTRA_DIST += tests/integration/soak.sh
TESTS += tests/integration/exhaustive.sh
EXTRA_DIST += tests/integration/exhaustive.sh
TESTS += tests/integration/channel_learn.sh
EXTRA_DIST += tests/integration/channel_learn.sh
EXTRA_DIST += tests/integration/shell.sh
TESTS += tests/integration/list.sh
EXTRA_DIST += tests/integration/list.sh
AM_TESTS_ENVIRONMENT = HL_BUILD='$(abs_top_builddir)'; HL_TOP='$(abs_top_srcdir)'; HOTLISTD_DATA='$(abs_top_srcdir)'; export HL_BUILD HL_TOP HOTLISTD_DATA;
TESTS += tests/integration/list_signed.sh
EXTRA_DIST += tests/integration/list_signed.sh
TESTS += tests/integration/layouts.sh
EXTRA_DIST += tests/integration/layouts.sh
TESTS += tests/integration/rules.sh
EXTRA_DIST += tests/integration/rules.sh
TESTS += tests/integration/replay.py
EXTRA_DIST += tests/integration/replay.py
TESTS += tests/integration/replay_accuracy.py
EXTRA_DIST += tests/integration/replay_accuracy.py
TESTS += tests/integration/examples.sh
EXTRA_DIST += tests/integration/examples.sh
TESTS += tests/integration/rules_schema.py
EXTRA_DIST += tests/integration/rules_schema.py
