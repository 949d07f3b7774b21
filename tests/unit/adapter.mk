# Tests: unit/adapter.
adapter_test_libs = libhl_adapter.a $(core_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_gsm7
TESTS += tests/unit/test_gsm7
tests_unit_test_gsm7_SOURCES = tests/unit/test_gsm7.c
tests_unit_test_gsm7_LDADD = $(adapter_test_libs)
check_PROGRAMS += tests/unit/test_mime
TESTS += tests/unit/test_mime
tests_unit_test_mime_SOURCES = tests/unit/test_mime.c
tests_unit_test_mime_LDADD = $(adapter_test_libs)
check_PROGRAMS += tests/unit/test_net
TESTS += tests/unit/test_net
tests_unit_test_net_SOURCES = tests/unit/test_net.c
tests_unit_test_net_LDADD = $(adapter_test_libs)
