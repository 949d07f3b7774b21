# The files of the room daemon (floor 4).
# The delivery thread is an archive of its own, so that it can be tested with a store of the test's.
noinst_LIBRARIES += libhl_deliver.a
libhl_deliver_a_SOURCES = \
	src/daemon/breaker.c src/daemon/breaker.h \
	src/daemon/deliver.c src/daemon/deliver.h \
	src/daemon/deliver_curl.c \
	src/daemon/deliver_held.c src/daemon/deliver_priv.h \
	src/daemon/deliver_mail.c
deliver_libs = libhl_deliver.a $(mid_libs) $(CURL_LIBS)

sbin_PROGRAMS += hotlistd
noinst_LIBRARIES += libhl_daemon.a
libhl_daemon_a_SOURCES = \
	src/daemon/background.c src/daemon/background.h \
	src/daemon/control.c src/daemon/control.h \
	src/daemon/counters.h \
	src/daemon/drop.c src/daemon/drop.h \
	src/daemon/drop_again.c \
	src/daemon/drop_folder.c src/daemon/drop_priv.h \
	src/daemon/drop_report.c \
	src/daemon/drop_take.c \
	src/daemon/figures.c src/daemon/figures.h \
	src/daemon/ingest_into.h src/daemon/ingest_stream.h \
	src/daemon/ingest_zap.c src/daemon/ingest_zap.h \
	src/daemon/ingest_pool.c src/daemon/ingest_pool.h \
	src/daemon/ingest_zmq.c src/daemon/ingest_zmq.h \
	src/daemon/live.c src/daemon/live.h \
	src/daemon/member.c src/daemon/member.h \
	src/daemon/outbox.c src/daemon/outbox.h \
	src/daemon/pipeline.c src/daemon/pipeline.h \
	src/daemon/recorder.c src/daemon/recorder.h \
	src/daemon/rejects.c src/daemon/rejects.h \
	src/daemon/seqgap.c src/daemon/seqgap.h \
	src/daemon/server.c src/daemon/server.h \
	src/daemon/settle.c src/daemon/settle.h \
	src/daemon/storethread.c src/daemon/storethread.h \
	src/daemon/totals.c src/daemon/totals.h \
	src/daemon/user.c src/daemon/user.h \
	src/daemon/timers.c src/daemon/timers.h \
	src/daemon/watch.c src/daemon/watch.h
daemon_libs = libhl_daemon.a libhl_deliver.a $(engine_libs) $(ZMQ_LIBS) $(CURL_LIBS)
hotlistd_SOURCES = src/daemon/main.c
hotlistd_LDADD = $(daemon_libs)
if WITH_REDIS
libhl_daemon_a_SOURCES += src/daemon/ingest_into.c src/daemon/ingest_stream.c
endif
