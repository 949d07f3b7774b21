# The files of the room core (floor 1).
noinst_LIBRARIES += libhl_core.a
libhl_core_a_SOURCES =
libhl_core_a_SOURCES += src/core/alert.c src/core/alert.h
libhl_core_a_SOURCES += src/core/alert_text.c
libhl_core_a_SOURCES += src/core/alert_life.h src/core/alert_transit.c src/core/alert_recheck.c src/core/alert_notice.c
libhl_core_a_SOURCES += src/core/alert_write.c src/core/alert_write_life.c
libhl_core_a_SOURCES += src/core/channel.c src/core/channel.h
libhl_core_a_SOURCES += src/core/channel_background.c
libhl_core_a_SOURCES += src/core/channel_file.c
libhl_core_a_SOURCES += src/core/channel_fit.c
libhl_core_a_SOURCES += src/core/channel_learn.c src/core/channel_learn.h
libhl_core_a_SOURCES += src/core/channel_set.c src/core/channel_set.h
libhl_core_a_SOURCES += src/core/channel_sum.c
libhl_core_a_SOURCES += src/core/confusion.c src/core/confusion.h
libhl_core_a_SOURCES += src/core/density.c src/core/density.h
libhl_core_a_SOURCES += src/core/entry.c src/core/entry.h
libhl_core_a_SOURCES += src/core/exact.c src/core/exact.h
libhl_core_a_SOURCES += src/core/index.c src/core/index.h
libhl_core_a_SOURCES += src/core/index_build.c
libhl_core_a_SOURCES += src/core/index_filter.c
libhl_core_a_SOURCES += src/core/index_image.c src/core/index_image.h
libhl_core_a_SOURCES += src/core/index_int.h
libhl_core_a_SOURCES += src/core/index_keys.c
libhl_core_a_SOURCES += src/core/index_model.c src/core/index_model.h
libhl_core_a_SOURCES += src/core/index_plan.c
libhl_core_a_SOURCES += src/core/index_query.c
libhl_core_a_SOURCES += src/core/index_quick.c
libhl_core_a_SOURCES += src/core/index_scan.c
libhl_core_a_SOURCES += src/core/index_scratch.h
libhl_core_a_SOURCES += src/core/learn.c src/core/learn.h
libhl_core_a_SOURCES += src/core/match.c src/core/match.h
libhl_core_a_SOURCES += src/core/numbers.c src/core/numbers.h
libhl_core_a_SOURCES += src/core/plate.c src/core/plate.h
libhl_core_a_SOURCES += src/core/predict.c src/core/predict.h
libhl_core_a_SOURCES += src/core/predict_list.c
libhl_core_a_SOURCES += src/core/read.c src/core/read.h
libhl_core_a_SOURCES += src/core/rule.c src/core/rule.h
libhl_core_a_SOURCES += src/core/rule_camera.c
libhl_core_a_SOURCES += src/core/rule_plan.c src/core/rule_plan.h
libhl_core_a_SOURCES += src/core/rule_confusion.c
libhl_core_a_SOURCES += src/core/rule_files.c src/core/rule_files.h
libhl_core_a_SOURCES += src/core/rule_cover.c
libhl_core_a_SOURCES += src/core/rule_include.c
libhl_core_a_SOURCES += src/core/rule_life.c
libhl_core_a_SOURCES += src/core/rule_load.c
libhl_core_a_SOURCES += src/core/rule_mute.c
libhl_core_a_SOURCES += src/core/rule_odd.c src/core/rule_odd.h
libhl_core_a_SOURCES += src/core/rule_priv.h
libhl_core_a_SOURCES += src/core/rule_route.c
libhl_core_a_SOURCES += src/core/rule_show.c src/core/rule_show.h
libhl_core_a_SOURCES += src/core/rule_times.c src/core/rule_times.h
libhl_core_a_SOURCES += src/core/rule_when.c
libhl_core_a_SOURCES += src/core/rule_zone.c src/core/rule_zone.h
libhl_core_a_SOURCES += src/core/score.c src/core/score.h
libhl_core_a_SOURCES += src/core/simulate.c src/core/simulate.h
libhl_core_a_SOURCES += src/core/vehicle.c src/core/vehicle.h
libhl_core_a_SOURCES += src/core/vehicle_tables.c src/core/vehicle_tables.h

# The learned artefacts are in the program too.
shipped = channels/fastplateocr.yaml channels/neutral.yaml channels/openalpr.yaml density/us.yaml
shipped_files = $(top_srcdir)/rules/channels/fastplateocr.yaml $(top_srcdir)/rules/channels/neutral.yaml $(top_srcdir)/rules/channels/openalpr.yaml \
	$(top_srcdir)/rules/density/us.yaml
src/core/channel_shipped.c: $(shipped_files) src/core/embed.sh
	$(AM_V_GEN)$(MKDIR_P) src/core && $(SHELL) $(top_srcdir)/src/core/embed.sh $(top_srcdir) $(shipped) >$@.new && mv $@.new $@
nodist_libhl_core_a_SOURCES = src/core/channel_shipped.c
CLEANFILES += src/core/channel_shipped.c
EXTRA_DIST += src/core/embed.sh
