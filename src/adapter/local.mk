# The files of the room adapter (floor 2).
noinst_LIBRARIES += libhl_adapter.a
libhl_adapter_a_SOURCES = \
	src/adapter/adapter.c src/adapter/adapter.h \
	src/adapter/channel.c src/adapter/channel.h \
	src/adapter/email.c \
	src/adapter/gsm7.c src/adapter/gsm7.h \
	src/adapter/mime.c src/adapter/mime.h \
	src/adapter/net.c \
	src/adapter/sms.c \
	src/adapter/sms_gateway.c src/adapter/sms_gateway.h \
	src/adapter/sms_json.c \
	src/adapter/sms_text.c src/adapter/sms_text.h \
	src/adapter/url.c \
	src/adapter/webhook.c \
	src/adapter/words.c src/adapter/words.h
