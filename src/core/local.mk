# The files of the room core (floor 1).
noinst_LIBRARIES += libhl_core.a
libhl_core_a_SOURCES = \
	src/core/confusion.c src/core/confusion.h \
	src/core/match.c src/core/match.h \
	src/core/plate.c src/core/plate.h
