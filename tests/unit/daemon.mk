# Tests: unit/daemon.
check_PROGRAMS += tests/unit/test_rejects
TESTS += tests/unit/test_rejects
tests_unit_test_rejects_SOURCES = tests/unit/test_rejects.c
tests_unit_test_rejects_LDADD = $(daemon_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_seqgap
TESTS += tests/unit/test_seqgap
tests_unit_test_seqgap_SOURCES = tests/unit/test_seqgap.c
tests_unit_test_seqgap_LDADD = $(daemon_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_storethread
TESTS += tests/unit/test_storethread
tests_unit_test_storethread_SOURCES = tests/unit/test_storethread.c
tests_unit_test_storethread_LDADD = $(daemon_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_background
TESTS += tests/unit/test_background
tests_unit_test_background_SOURCES = tests/unit/test_background.c
tests_unit_test_background_LDADD = $(daemon_libs) $(unit_ldadd)
