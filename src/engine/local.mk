# The files of the room engine.
noinst_LIBRARIES += libhl_engine.a
libhl_engine_a_SOURCES = \
	src/engine/catalog.c src/engine/catalog.h \
	src/engine/catalog_entry.c \
	src/engine/catalog_load.c \
	src/engine/catalog_priv.h \
	src/engine/catalog_same.c \
	src/engine/decide.c src/engine/decide.h \
	src/engine/decide_priv.h \
	src/engine/decide_fall.c src/engine/decide_rules.c \
	src/engine/decide_write.c \
	src/engine/digest.c \
	src/engine/follow.c src/engine/follow.h \
	src/engine/follow_fire.c \
	src/engine/follow_priv.h \
	src/engine/follow_moot.c \
	src/engine/follow_text.c \
	src/engine/follow_turn.c \
	src/engine/hand.c src/engine/hand.h \
	src/engine/audited.c src/engine/audited.h \
	src/engine/ops.c src/engine/ops.h \
	src/engine/ops_audit.c \
	src/engine/ops_backup.c \
	src/engine/ops_alert.c \
	src/engine/ops_args.c src/engine/ops_args.h \
	src/engine/ops_cleared.c src/engine/ops_cleared.h \
	src/engine/ops_covert.c \
	src/engine/ops_report.c src/engine/ops_report.h \
	src/engine/ops_report_text.c \
	src/engine/ops_report_year.c \
	src/engine/review.c src/engine/review.h \
	src/engine/ops_pulse.c \
	src/engine/ops_standdown.c \
	src/engine/ops_suppressed.c \
	src/engine/ops_explain.c \
	src/engine/ops_explain_entry.c \
	src/engine/list_life.c src/engine/list_life.h \
	src/engine/ops_hand.c \
	src/engine/ops_hand_priv.h \
	src/engine/ops_hand_withdraw.c \
	src/engine/ops_list.c \
	src/engine/ops_list_cost.c \
	src/engine/ops_list_diff.c \
	src/engine/ops_list_layouts.c \
	src/engine/ops_life.c src/engine/ops_life_text.c src/engine/ops_who.c \
	src/engine/ops_list_life.c \
	src/engine/ops_list_priv.h \
	src/engine/ops_list_show.c \
	src/engine/ops_outbox.c \
	src/engine/ops_outbox_change.c \
	src/engine/ops_priv.h \
	src/engine/ops_receiver.c \
	src/engine/ops_outbox_report.c \
	src/engine/delivery_report.c src/engine/delivery_report.h \
	src/engine/ops_status.c \
	src/engine/ops_table.c src/engine/ops_table.h \
	src/engine/passage.c src/engine/passage.h src/engine/passage_fall.c src/engine/passage_priv.h \
	src/engine/record.c src/engine/record.h \
	src/engine/record_alert.c \
	src/engine/record_deliver.c src/engine/record_fall.c src/engine/record_incident.c src/engine/record_notice.c \
	src/engine/record_priv.h \
	src/engine/life.c src/engine/life.h src/engine/standdown.c src/engine/standdown_who.c src/engine/standdown_who.h src/engine/standdown.h \
	src/engine/settings.c src/engine/settings.h \
	src/engine/settings_curve.c \
	src/engine/settings_drop.c \
	src/engine/settings_ingest.c \
	src/engine/settings_lists.c src/engine/settings_users.c \
	src/engine/settings_policy.c \
	src/engine/settings_priv.h \
	src/engine/settings_receivers.c \
	src/engine/settings_redis.c \
	src/engine/settings_rules.c \
	src/engine/settings_templates.c
libhl_engine_a_SOURCES += src/engine/cost.c src/engine/cost.h
libhl_engine_a_SOURCES += src/engine/import.c src/engine/import.h
libhl_engine_a_SOURCES += src/engine/import_priv.h
libhl_engine_a_SOURCES += src/engine/import_report.c
libhl_engine_a_SOURCES += src/engine/lint.c src/engine/lint.h src/engine/lint_priv.h
libhl_engine_a_SOURCES += src/engine/lint_guard.c
libhl_engine_a_SOURCES += src/engine/lint_junk.c
libhl_engine_a_SOURCES += src/engine/lint_twins.c
libhl_engine_a_SOURCES += src/engine/lint_words.c
libhl_engine_a_SOURCES += src/engine/import_increment.c src/engine/import_increment.h
libhl_engine_a_SOURCES += src/engine/import_signature.c
libhl_engine_a_SOURCES += src/engine/fleet_pull.c src/engine/fleet_pull.h
libhl_engine_a_SOURCES += src/engine/ops_fleet.c
libhl_engine_a_SOURCES += src/engine/import_part.c src/engine/import_part.h
libhl_engine_a_SOURCES += src/engine/import_steady.c
libhl_engine_a_SOURCES += src/engine/ops_mute.c
libhl_engine_a_SOURCES += src/engine/ops_rules_diff.c src/engine/rules_diff.c src/engine/rules_diff.h
libhl_engine_a_SOURCES += src/engine/ops_rules.c src/engine/ops_rules_priv.h
libhl_engine_a_SOURCES += src/engine/rules_life.c src/engine/rules_life.h
libhl_engine_a_SOURCES += src/engine/shadow.c src/engine/shadow.h
libhl_engine_a_SOURCES += src/engine/segment.c src/engine/segment.h
libhl_engine_a_SOURCES += src/engine/upload.c src/engine/upload.h
libhl_engine_a_SOURCES += src/engine/route_case.c src/engine/route_case.h
libhl_engine_a_SOURCES += src/engine/replay.c src/engine/replay.h src/engine/replay_priv.h
libhl_engine_a_SOURCES += src/engine/replay_diff.c src/engine/replay_diff.h
libhl_engine_a_SOURCES += src/engine/replay_same.c
libhl_engine_a_SOURCES += src/engine/replay_state.c src/engine/replay_state.h
libhl_engine_a_SOURCES += src/engine/replay_tell.c
