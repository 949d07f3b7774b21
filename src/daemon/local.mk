# The files of the room daemon (floor 4).
# The delivery thread is an archive of its own, so that it can be tested with a store of the test's.
noinst_LIBRARIES += libhl_deliver.a
libhl_deliver_a_SOURCES = \
	src/daemon/deliver.c src/daemon/deliver.h \
	src/daemon/deliver_curl.c \
	src/daemon/deliver_held.c src/daemon/deliver_priv.h \
	src/daemon/deliver_mail.c
deliver_libs = libhl_deliver.a $(mid_libs) $(CURL_LIBS)
