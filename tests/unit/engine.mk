# Tests: unit/engine.
EXTRA_DIST += tests/data/bad-settings
check_PROGRAMS += tests/unit/test_settings
TESTS += tests/unit/test_settings
tests_unit_test_settings_SOURCES = tests/unit/test_settings.c
tests_unit_test_settings_LDADD = $(engine_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_settings_doc
TESTS += tests/unit/test_settings_doc
tests_unit_test_settings_doc_SOURCES = tests/unit/test_settings_doc.c
tests_unit_test_settings_doc_LDADD = $(engine_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_settings_corpus
TESTS += tests/unit/test_settings_corpus
tests_unit_test_settings_corpus_SOURCES = tests/unit/test_settings_corpus.c
tests_unit_test_settings_corpus_LDADD = $(engine_libs) $(unit_ldadd)
