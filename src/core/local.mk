# The files of the room core (floor 1).
noinst_LIBRARIES += libhl_core.a
libhl_core_a_SOURCES =
libhl_core_a_SOURCES += src/core/confusion.c src/core/confusion.h
libhl_core_a_SOURCES += src/core/entry.c src/core/entry.h
libhl_core_a_SOURCES += src/core/learn.c src/core/learn.h
libhl_core_a_SOURCES += src/core/match.c src/core/match.h
libhl_core_a_SOURCES += src/core/plate.c src/core/plate.h
libhl_core_a_SOURCES += src/core/read.c src/core/read.h
libhl_core_a_SOURCES += src/core/rule.c src/core/rule.h
libhl_core_a_SOURCES += src/core/rule_confusion.c
libhl_core_a_SOURCES += src/core/rule_load.c
libhl_core_a_SOURCES += src/core/rule_priv.h
libhl_core_a_SOURCES += src/core/rule_route.c
libhl_core_a_SOURCES += src/core/rule_when.c
libhl_core_a_SOURCES += src/core/vehicle.c src/core/vehicle.h
libhl_core_a_SOURCES += src/core/vehicle_tables.c src/core/vehicle_tables.h
