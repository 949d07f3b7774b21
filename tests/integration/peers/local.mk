# Tests: the delivery thread against real servers: Node with standardwebhooks, aiosmtpd, OpenSMTPD, Kannel.
peer_tests = tests/integration/peers/test_http.py tests/integration/peers/test_mail.py tests/integration/peers/test_sms.py \
	tests/integration/peers/test_sms_reports.py
check_PROGRAMS += tests/integration/peers/deliver_peers
tests_integration_peers_deliver_peers_SOURCES = tests/integration/peers/deliver_peers.c tests/deliver/memory_store.c tests/deliver/memory_store.h \
	tests/unit/channel_fixture.h
tests_integration_peers_deliver_peers_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests -I$(top_srcdir)/tests/unit
tests_integration_peers_deliver_peers_LDADD = $(deliver_libs) $(unit_ldadd)
TESTS += $(peer_tests)
EXTRA_DIST += $(peer_tests) tests/integration/peers/kannel.py tests/integration/peers/mail_server.py tests/integration/peers/package-lock.json tests/integration/peers/package.json \
	tests/integration/peers/peers.py tests/integration/peers/receiver.js
