# The files of the room format (floor 2).
noinst_LIBRARIES += libhl_format.a
libhl_format_a_SOURCES = \
	src/format/alert_json.c src/format/alert_json.h \
	src/format/alert_json_life.c src/format/alert_json_member.c src/format/alert_json_priv.h \
	src/format/labelled.c src/format/labelled.h \
	src/format/layout.c src/format/layout.h \
	src/format/layout_check.c \
	src/format/layout_batch.c \
	src/format/layout_date.c \
	src/format/layout_entry.c \
	src/format/layout_impl.h \
	src/format/layout_fit.c src/format/layout_fit.h \
	src/format/layout_json.c \
	src/format/layout_lines.c \
	src/format/layout_load.c \
	src/format/layout_marks.c \
	src/format/layout_split.c \
	src/format/layout_tags.c \
	src/format/layout_value.c \
	src/format/read_hint.h src/format/read_lex.c src/format/read_lex.h \
	src/format/read_native.c src/format/read_native.h \
	src/format/read_scan.c src/format/read_scan.h \
	src/format/reads.c src/format/reads.h
# Installed with the program, where an import looks after the settings' own folders. The whole folder: a layout needs no line here.
EXTRA_DIST += hotlists/layouts
install-data-local: install-layouts
install-layouts:
	$(MKDIR_P) "$(DESTDIR)$(pkgdatadir)/hotlists/layouts"
	for f in $(srcdir)/hotlists/layouts/*.yaml; do $(INSTALL_DATA) "$$f" "$(DESTDIR)$(pkgdatadir)/hotlists/layouts" || exit 1; done
uninstall-local: uninstall-layouts
uninstall-layouts:
	for f in $(srcdir)/hotlists/layouts/*.yaml; do rm -f "$(DESTDIR)$(pkgdatadir)/hotlists/layouts/$${f##*/}"; done
.PHONY: install-layouts uninstall-layouts
