# The files of the room adapter (floor 2).
noinst_LIBRARIES += libhl_adapter.a
libhl_adapter_a_SOURCES = \
	src/adapter/adapter.c src/adapter/adapter.h \
	src/adapter/blocks.c src/adapter/blocks.h \
	src/adapter/channel.c src/adapter/channel.h \
	src/adapter/channel_words.c src/adapter/channel_words.h \
	src/adapter/digest.c src/adapter/digest.h \
	src/adapter/email.c \
	src/adapter/gsm7.c src/adapter/gsm7.h \
	src/adapter/mime.c src/adapter/mime.h \
	src/adapter/net.c \
	src/adapter/sms.c \
	src/adapter/sms_gateway.c src/adapter/sms_gateway.h \
	src/adapter/sms_json.c \
	src/adapter/sms_text.c src/adapter/sms_text.h \
	src/adapter/template.c src/adapter/template.h src/adapter/template_priv.h \
	src/adapter/template_check.c \
	src/adapter/template_html.c \
	src/adapter/template_load.c \
	src/adapter/template_names.c \
	src/adapter/url.c \
	src/adapter/values.c src/adapter/values.h \
	src/adapter/webhook.c \
	src/adapter/words.c src/adapter/words.h

# The built-in words are in the program; the samples are installed beside the rules.
src/adapter/template_builtin.c: $(top_srcdir)/templates/en.txt src/adapter/embed.sh
	$(AM_V_GEN)$(MKDIR_P) src/adapter && $(SHELL) $(top_srcdir)/src/adapter/embed.sh $(top_srcdir)/templates/en.txt >$@.new && mv $@.new $@
nodist_libhl_adapter_a_SOURCES = src/adapter/template_builtin.c
CLEANFILES += src/adapter/template_builtin.c
EXTRA_DIST += src/adapter/embed.sh
nobase_dist_pkgdata_DATA += templates/de.txt templates/en.txt templates/es.txt
