# The files of the room engine.
noinst_LIBRARIES += libhl_engine.a
libhl_engine_a_SOURCES = \
	src/engine/settings.c src/engine/settings.h \
	src/engine/settings_ingest.c \
	src/engine/settings_lists.c \
	src/engine/settings_priv.h \
	src/engine/settings_receivers.c \
	src/engine/settings_rules.c
