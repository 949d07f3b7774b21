# Tests: what people read, as golden files. `make list-golden` names the tests that write them anew with UPDATE_GOLDEN=1 (golden.h).
EXTRA_DIST += tests/data/golden
golden_sources = tests/golden/golden.c tests/golden/golden.h tests/golden/mail_part.h tests/unit/channel_fixture.h
golden_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/tests -I$(top_srcdir)/tests/unit
check_PROGRAMS += tests/golden/test_messages
TESTS += tests/golden/test_messages
tests_golden_test_messages_SOURCES = tests/golden/test_messages.c $(golden_sources)
tests_golden_test_messages_CPPFLAGS = $(golden_cppflags)
tests_golden_test_messages_LDADD = libhl_adapter.a $(core_libs) $(unit_ldadd)

.PHONY: list-golden
list-golden:
	@for t in $(TESTS); do case $$t in tests/golden/* | tests/lessons/test_*) echo $$t ;; esac; done
