# The files of the room format (floor 2).
noinst_LIBRARIES += libhl_format.a
libhl_format_a_SOURCES = \
	src/format/alert_json.h \
	src/format/layout.h \
	src/format/read_native.c src/format/read_native.h \
	src/format/reads.c src/format/reads.h
