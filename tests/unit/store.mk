# Tests: unit/store.
EXTRA_DIST += tests/unit/entries.h
check_PROGRAMS += tests/unit/test_snapshot
TESTS += tests/unit/test_snapshot
tests_unit_test_snapshot_SOURCES = tests/unit/test_snapshot.c
tests_unit_test_snapshot_LDADD = libhl_store.a $(core_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_versions
TESTS += tests/unit/test_versions
tests_unit_test_versions_SOURCES = tests/unit/test_versions.c
tests_unit_test_versions_LDADD = libhl_store.a $(core_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_versions_life
TESTS += tests/unit/test_versions_life
tests_unit_test_versions_life_SOURCES = tests/unit/test_versions_life.c
tests_unit_test_versions_life_LDADD = libhl_store.a $(core_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_hand
TESTS += tests/unit/test_hand
tests_unit_test_hand_SOURCES = tests/unit/test_hand.c
tests_unit_test_hand_LDADD = libhl_store.a $(core_libs) $(unit_ldadd)
