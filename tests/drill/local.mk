# Drills: large versions of the unit tests, minutes each, run by `make drill`.
drill_programs = tests/drill/drill_index tests/drill/drill_decide
# Ten minutes of a steady stream; it starts the programs that stand beside it.
check_PROGRAMS += drill_soak
drill_soak_SOURCES = tests/drill/drill_soak.c $(bench_rig)
drill_soak_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
drill_soak_LDADD = $(base_libs) $(JANSSON_LIBS) $(ZMQ_LIBS)
EXTRA_PROGRAMS += $(drill_programs)
CLEANFILES += $(drill_programs)
tests_drill_drill_index_SOURCES = tests/drill/drill_index.c tests/unit/brute.c tests/unit/brute.h tests/unit/lists.c tests/unit/lists.h
tests_drill_drill_index_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_drill_drill_index_LDADD = $(core_libs)
tests_drill_drill_decide_SOURCES = tests/unit/test_decide_random.c tests/unit/brute.c tests/unit/brute.h
tests_drill_drill_decide_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit -DHL_DRILL
tests_drill_drill_decide_LDADD = $(engine_libs) $(unit_ldadd)

drill_scripts = \
	tests/drill/fire.sh \
	tests/drill/fleet.sh \
	tests/drill/kill.sh \
	tests/drill/pause.sh \
	tests/drill/reload.sh \
	tests/drill/soak.sh \
	tests/drill/tsan.sh
EXTRA_DIST += $(drill_scripts) tests/tsan.supp

drill: all $(drill_programs) drill_soak
	@for p in $(drill_programs); do echo "drill: $$p"; ./$$p || exit 1; done
	@for s in $(drill_scripts); do echo "drill: $$s"; $(srcdir)/$$s || exit 1; done
.PHONY: drill
