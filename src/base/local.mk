# The files of the room base (floor 0).
noinst_LIBRARIES += libhl_base.a
libhl_base_a_SOURCES = \
	src/base/err.c src/base/err.h \
	src/base/mem.c src/base/mem.h
