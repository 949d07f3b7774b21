# Tests: bench/local. doc/benchmarks.md says what the figures mean.

noinst_PROGRAMS += bench_match
bench_match_SOURCES = tests/bench/bench_match.c
bench_match_LDADD = $(core_libs)
EXTRA_DIST += tests/bench/accuracy.sh
EXTRA_DIST += tests/bench/predict.sh
EXTRA_DIST += tests/bench/bench_vs_prototype.sh

noinst_PROGRAMS += bench_import
bench_import_SOURCES = tests/bench/bench_import.c
bench_import_LDADD = $(engine_libs)
EXTRA_DIST += tests/bench/bench_import.sh

# Against JSON libraries that are there: json-c and cJSON are looked for by configure.
noinst_PROGRAMS += bench_decode
bench_decode_SOURCES = tests/bench/bench_decode.c tests/bench/decode_others.c tests/bench/decode_others.h tests/bench/plates.c tests/bench/plates.h tests/bench/read_text.c tests/bench/read_text.h
bench_decode_CFLAGS = $(AM_CFLAGS) $(JSON_C_CFLAGS) $(CJSON_CFLAGS)
bench_decode_LDADD = libhl_format.a $(core_libs) $(JANSSON_LIBS) $(JSON_C_LIBS) $(CJSON_LIBS)

# The benches of the whole daemon start the hotlistd and hotlistctl that stand beside them.
bench_rig = tests/bench/plates.c tests/bench/plates.h tests/bench/rig.c tests/bench/rig.h tests/bench/rig_hook.c tests/bench/rig_hook.h \
	tests/bench/sender.c tests/bench/sender.h
noinst_PROGRAMS += bench_latency
bench_latency_SOURCES = tests/bench/bench_latency.c $(bench_rig)
bench_latency_LDADD = $(base_libs) $(JANSSON_LIBS) $(ZMQ_LIBS)
noinst_PROGRAMS += bench_pause
bench_pause_SOURCES = tests/bench/bench_pause.c $(bench_rig)
bench_pause_LDADD = $(base_libs) $(JANSSON_LIBS) $(ZMQ_LIBS)
noinst_PROGRAMS += bench_add
bench_add_SOURCES = tests/bench/bench_add.c $(bench_rig)
bench_add_LDADD = $(base_libs) $(JANSSON_LIBS) $(ZMQ_LIBS)
noinst_PROGRAMS += bench_wire
bench_wire_SOURCES = tests/bench/bench_wire.c tests/bench/read_text.c tests/bench/read_text.h tests/bench/wire_match.c tests/bench/wire_match.h tests/bench/wire_send.c tests/bench/wire_send.h $(bench_rig)
bench_wire_LDADD = $(daemon_libs)

# `make bench` runs each script of bench_scripts in the build folder; JSON lines.
EXTRA_DIST += tests/bench/bench_daemon.sh
EXTRA_DIST += tests/bench/bench_decode.sh
EXTRA_DIST += tests/bench/bench_match.sh
EXTRA_DIST += tests/bench/bench_replay.sh
EXTRA_DIST += tests/bench/bench_wire.sh
EXTRA_DIST += tests/bench/bench_peers.sh tests/bench/peers/package-lock.json tests/bench/peers/package.json tests/bench/peers/peers.js
bench_scripts = tests/bench/bench_match.sh tests/bench/bench_replay.sh tests/bench/bench_import.sh tests/bench/bench_decode.sh tests/bench/bench_wire.sh tests/bench/bench_daemon.sh tests/bench/bench_peers.sh
bench: all
	@for s in $(bench_scripts); do $(srcdir)/$$s || exit 1; done
.PHONY: bench
if WITH_REDIS
noinst_PROGRAMS += bench_fleet
bench_fleet_SOURCES = tests/bench/bench_fleet.c tests/contract/redis_server.c tests/contract/redis_server.h $(bench_rig)
bench_fleet_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests -I$(top_srcdir)/tests/contract
bench_fleet_LDADD = $(base_libs) $(JANSSON_LIBS) $(ZMQ_LIBS) $(HIREDIS_LIBS)
endif
noinst_PROGRAMS += bench_store
bench_store_SOURCES = tests/bench/bench_store.c $(bench_rig)
bench_store_LDADD = $(daemon_libs)
