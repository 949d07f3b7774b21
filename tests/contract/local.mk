# Tests: contract. One suite, run on each store.
store_contract_sources = \
	tests/contract/store_cleared.c \
	tests/contract/store_contract.c tests/contract/store_contract.h \
	tests/contract/store_digest.c \
	tests/contract/store_fixture.c \
	tests/contract/store_group.c \
	tests/contract/store_lease.c \
	tests/contract/store_outbox.c \
	tests/contract/store_query.c \
	tests/contract/store_unrecorded.c \
	tests/contract/store_report.c \
	tests/contract/store_timer.c \
	tests/contract/store_watch.c

check_PROGRAMS += tests/contract/test_store_sqlite
TESTS += tests/contract/test_store_sqlite
tests_contract_test_store_sqlite_SOURCES = tests/contract/test_store_sqlite.c $(store_contract_sources)
tests_contract_test_store_sqlite_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/contract
tests_contract_test_store_sqlite_LDADD = libhl_store.a $(core_libs) $(SQLITE_LIBS) $(HIREDIS_LIBS) $(CHECK_LIBS)

if WITH_REDIS
check_PROGRAMS += tests/contract/test_store_redis
TESTS += tests/contract/test_store_redis
tests_contract_test_store_redis_SOURCES = tests/contract/test_store_redis.c tests/contract/redis_loss.c tests/contract/redis_nodes.c tests/contract/redis_nodes.h tests/contract/redis_streams.c tests/contract/redis_server.c tests/contract/redis_server.h $(store_contract_sources)
tests_contract_test_store_redis_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/contract
tests_contract_test_store_redis_LDADD = libhl_store.a $(core_libs) $(SQLITE_LIBS) $(HIREDIS_LIBS) $(CHECK_LIBS)
endif

# What other people's programs rely on.
check_PROGRAMS += tests/contract/test_shapes
TESTS += tests/contract/test_shapes
tests_contract_test_shapes_SOURCES = tests/contract/test_shapes.c tests/fixture/engine_fixture.c
tests_contract_test_shapes_LDADD = $(engine_libs) $(unit_ldadd)
