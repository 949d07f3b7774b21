# The files of the room base (floor 0).
noinst_LIBRARIES += libhl_base.a
libhl_base_a_SOURCES = \
	src/base/clock.c src/base/clock.h \
	src/base/conf.c src/base/conf.h \
	src/base/conf_fill.c \
	src/base/conf_help.c \
	src/base/conf_impl.h \
	src/base/conf_load.c \
	src/base/conf_scalar.c \
	src/base/conf_schema.c src/base/conf_schema.h \
	src/base/conf_set.c \
	src/base/conf_write.c \
	src/base/crash.c src/base/crash.h \
	src/base/crew.c src/base/crew.h \
	src/base/crypto.c src/base/crypto.h \
	src/base/curve_key.c src/base/curve_key.h \
	src/base/data.c src/base/data.h \
	src/base/err.c src/base/err.h \
	src/base/file.c src/base/file.h \
	src/base/json_out.c src/base/json_out.h \
	src/base/log.c src/base/log.h \
	src/base/mem.c src/base/mem.h \
	src/base/sha256_x86.c src/base/sha256_x86.h \
	src/base/svg.c src/base/svg.h \
	src/base/text.c src/base/text.h \
	src/base/wire.c src/base/wire.h \
	src/base/zone.c src/base/zone.h
