# Tests of the room format.
format_libs = libhl_format.a $(core_libs) $(JANSSON_LIBS)
check_PROGRAMS += tests/unit/test_reads
TESTS += tests/unit/test_reads
tests_unit_test_reads_SOURCES = tests/unit/test_reads.c
tests_unit_test_reads_LDADD = $(format_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_reads_walk
TESTS += tests/unit/test_reads_walk
tests_unit_test_reads_walk_SOURCES = tests/unit/test_reads_walk.c
tests_unit_test_reads_walk_LDADD = $(format_libs) $(unit_ldadd)
