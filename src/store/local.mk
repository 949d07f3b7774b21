# The files of the room store.
noinst_LIBRARIES += libhl_store.a
libhl_store_a_SOURCES = \
	src/store/sqlite.c \
	src/store/sqlite_change.c \
	src/store/sqlite_outbox.c \
	src/store/sqlite_people.c \
	src/store/sqlite_report.c \
	src/store/sqlite_priv.h \
	src/store/sqlite_cleared.c \
	src/store/sqlite_query.c \
	src/store/sqlite_schema.c \
	src/store/sqlite_stmt.c \
	src/store/sqlite_totals.c \
	src/store/store.c src/store/store.h
libhl_store_a_SOURCES += src/store/audit.c src/store/audit.h src/store/audit_files.c src/store/audit_line.c src/store/audit_mark.c src/store/audit_priv.h src/store/audit_purge.c src/store/audit_walk.c
libhl_store_a_SOURCES += src/store/fleet.c src/store/fleet.h
libhl_store_a_SOURCES += src/store/hand.c src/store/hand.h src/store/hand_line.c src/store/hand_priv.h src/store/hand_write.c
libhl_store_a_SOURCES += src/store/index_file.c src/store/index_file.h
libhl_store_a_SOURCES += src/store/mutes.c src/store/mutes.h
libhl_store_a_SOURCES += src/store/rules_version.c src/store/rules_version.h
libhl_store_a_SOURCES += src/store/shelf.c src/store/shelf.h
libhl_store_a_SOURCES += src/store/shelf_active.c
libhl_store_a_SOURCES += src/store/snapshot.c src/store/snapshot.h
libhl_store_a_SOURCES += src/store/snapshot_file.h
libhl_store_a_SOURCES += src/store/snapshot_join.c
libhl_store_a_SOURCES += src/store/snapshot_part.c
libhl_store_a_SOURCES += src/store/snapshot_rows.h
libhl_store_a_SOURCES += src/store/snapshot_write.c
libhl_store_a_SOURCES += src/store/sqlite_timer.c
libhl_store_a_SOURCES += src/store/backup.c src/store/backup.h src/store/sqlite_backup.c src/store/state_format.c src/store/state_format.h
libhl_store_a_SOURCES += src/store/sqlite_unrecorded.c
libhl_store_a_SOURCES += src/store/sqlite_watch.c
libhl_store_a_SOURCES += src/store/versions.c src/store/versions.h
libhl_store_a_SOURCES += src/store/versions_active.c
libhl_store_a_SOURCES += src/store/approvals.c src/store/approvals.h src/store/versions_approve.c
libhl_store_a_SOURCES += src/store/versions_find.c
libhl_store_a_SOURCES += src/store/versions_hold.c
libhl_store_a_SOURCES += src/store/versions_priv.h

# The store on Redis; its script is joined from its parts and carried in the program.
redis_lua = src/store/redis/base.lua src/store/redis/look.lua src/store/redis/change.lua src/store/redis/outbox.lua src/store/redis/fate.lua src/store/redis/query.lua src/store/redis/main.lua
EXTRA_DIST += $(redis_lua)
libhl_store_a_SOURCES += src/store/redis.h src/store/redis_where.c
if WITH_REDIS
libhl_store_a_SOURCES += src/store/redis.c
libhl_store_a_SOURCES += src/store/redis_fleet.c src/store/redis_fleet.h
libhl_store_a_SOURCES += src/store/redis_fleet_blob.c
libhl_store_a_SOURCES += src/store/redis_fleet_hand.c
libhl_store_a_SOURCES += src/store/redis_args.c
libhl_store_a_SOURCES += src/store/redis_call.c
libhl_store_a_SOURCES += src/store/redis_change.c
libhl_store_a_SOURCES += src/store/redis_cleared.c
libhl_store_a_SOURCES += src/store/redis_link.c
libhl_store_a_SOURCES += src/store/redis_outbox.c
libhl_store_a_SOURCES += src/store/redis_priv.h
libhl_store_a_SOURCES += src/store/redis_query.c
libhl_store_a_SOURCES += src/store/redis_stream.c src/store/redis_stream.h
libhl_store_a_SOURCES += src/store/redis_watch.c
src/store/redis_link.$(OBJEXT): src/store/redis_script.h
CLEANFILES += src/store/redis_script.h
src/store/redis_script.h: $(redis_lua) src/store/local.mk
	$(AM_V_GEN)cd $(srcdir) && awk 'BEGIN { print "/* Made of the files in src/store/redis. */"; print "static const char *const redis_script[] = {" } \
		/^[ \t]*--/ { next } { gsub(/[\\"]/, "\\\\&"); print "\t\"" $$0 "\\n\"," } END { print "\tNULL,\n};" }' $(redis_lua) >$(abs_builddir)/$@-t && \
		mv $(abs_builddir)/$@-t $(abs_builddir)/$@
else
libhl_store_a_SOURCES += src/store/fleet_none.c
endif
