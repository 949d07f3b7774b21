# Tests of the delivery thread, with a store and receivers of their own.
deliver_test_files = tests/deliver/desk.h tests/deliver/memory_store.c tests/deliver/memory_store.h tests/deliver/script_server.c \
	tests/deliver/script_server.h
check_PROGRAMS += tests/deliver/test_deliver
TESTS += tests/deliver/test_deliver
tests_deliver_test_deliver_SOURCES = tests/deliver/test_deliver.c $(deliver_test_files)
tests_deliver_test_deliver_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests -I$(top_srcdir)/tests/unit
tests_deliver_test_deliver_LDADD = $(deliver_libs) $(unit_ldadd)
check_PROGRAMS += tests/deliver/test_deliver_stalls
TESTS += tests/deliver/test_deliver_stalls
tests_deliver_test_deliver_stalls_SOURCES = tests/deliver/test_deliver_stalls.c $(deliver_test_files)
tests_deliver_test_deliver_stalls_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests -I$(top_srcdir)/tests/unit
tests_deliver_test_deliver_stalls_LDADD = $(deliver_libs) $(unit_ldadd)
