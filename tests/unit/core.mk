# Tests of the room core.
EXTRA_DIST += tests/data/bad-rules
EXTRA_DIST += tests/data/rules
check_PROGRAMS += tests/unit/test_channel
TESTS += tests/unit/test_channel
tests_unit_test_channel_SOURCES = tests/unit/test_channel.c tests/unit/unit.h
tests_unit_test_channel_LDADD = $(core_libs) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_entry
TESTS += tests/unit/test_entry
tests_unit_test_entry_SOURCES = tests/unit/test_entry.c
tests_unit_test_entry_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_learn
TESTS += tests/unit/test_learn
tests_unit_test_learn_SOURCES = tests/unit/test_learn.c
tests_unit_test_learn_LDADD = $(core_libs) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_index
TESTS += tests/unit/test_index
tests_unit_test_index_SOURCES = tests/unit/brute.c tests/unit/brute.h tests/unit/lists.c tests/unit/lists.h tests/unit/test_index.c
tests_unit_test_index_LDADD = $(core_libs) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_index_image
TESTS += tests/unit/test_index_image
tests_unit_test_index_image_SOURCES = tests/unit/brute.c tests/unit/brute.h tests/unit/lists.c tests/unit/lists.h tests/unit/test_index_image.c
tests_unit_test_index_image_LDADD = $(core_libs) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_score_partial
TESTS += tests/unit/test_score_partial
tests_unit_test_score_partial_SOURCES = tests/unit/test_score_partial.c
tests_unit_test_score_partial_LDADD = $(core_libs) $(unit_ldadd)
check_PROGRAMS += tests/unit/test_index_scan
TESTS += tests/unit/test_index_scan
tests_unit_test_index_scan_SOURCES = tests/unit/brute.c tests/unit/brute.h tests/unit/lists.c tests/unit/lists.h tests/unit/test_index_scan.c
tests_unit_test_index_scan_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_match
TESTS += tests/unit/test_match
tests_unit_test_match_SOURCES = tests/unit/brute.c tests/unit/brute.h tests/unit/test_match.c
tests_unit_test_match_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_plate
TESTS += tests/unit/test_plate
tests_unit_test_plate_SOURCES = tests/unit/test_plate.c
tests_unit_test_plate_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_read
TESTS += tests/unit/test_read
tests_unit_test_read_SOURCES = tests/unit/test_read.c
tests_unit_test_read_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_score
TESTS += tests/unit/test_score
tests_unit_test_score_SOURCES = tests/unit/test_score.c
tests_unit_test_score_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_predict
TESTS += tests/unit/test_predict
tests_unit_test_predict_SOURCES = tests/unit/test_predict.c
tests_unit_test_predict_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_score_bound
TESTS += tests/unit/test_score_bound
tests_unit_test_score_bound_SOURCES = tests/unit/test_score_bound.c
tests_unit_test_score_bound_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_vehicle
TESTS += tests/unit/test_vehicle
tests_unit_test_vehicle_SOURCES = tests/unit/test_vehicle.c
tests_unit_test_vehicle_LDADD = $(core_libs) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_bad_rules
TESTS += tests/unit/test_bad_rules
tests_unit_test_bad_rules_SOURCES = tests/unit/test_bad_rules.c
tests_unit_test_bad_rules_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_routes
TESTS += tests/unit/test_routes
tests_unit_test_routes_SOURCES = tests/unit/rules_fixture.h tests/unit/test_routes.c
tests_unit_test_routes_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_rule_include
TESTS += tests/unit/test_rule_include
tests_unit_test_rule_include_SOURCES = tests/unit/rules_fixture.h tests/unit/test_rule_include.c
tests_unit_test_rule_include_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_rule_odd
TESTS += tests/unit/test_rule_odd
tests_unit_test_rule_odd_SOURCES = tests/unit/rules_fixture.h tests/unit/test_rule_odd.c
tests_unit_test_rule_odd_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_rule_show
TESTS += tests/unit/test_rule_show
tests_unit_test_rule_show_SOURCES = tests/unit/rules_fixture.h tests/unit/test_rule_show.c
tests_unit_test_rule_show_LDADD = $(core_libs) $(CHECK_LIBS)
check_PROGRAMS += tests/unit/test_route_table
TESTS += tests/unit/test_route_table
tests_unit_test_route_table_SOURCES = tests/unit/rule_case.h tests/unit/rules_fixture.h tests/unit/test_route_table.c
tests_unit_test_route_table_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_when_table
TESTS += tests/unit/test_when_table
tests_unit_test_when_table_SOURCES = tests/unit/rule_case.h tests/unit/rules_fixture.h tests/unit/test_when_table.c
tests_unit_test_when_table_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_rules
TESTS += tests/unit/test_rules
tests_unit_test_rules_SOURCES = tests/unit/rules_fixture.h tests/unit/test_rules.c
tests_unit_test_rules_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_alert
TESTS += tests/unit/test_alert
tests_unit_test_alert_SOURCES = tests/unit/test_alert.c
tests_unit_test_alert_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_life
TESTS += tests/unit/test_life
tests_unit_test_life_SOURCES = tests/unit/test_life.c tests/unit/life_case.h
tests_unit_test_life_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_notice
TESTS += tests/unit/test_notice
tests_unit_test_notice_SOURCES = tests/unit/test_notice.c tests/unit/life_case.h
tests_unit_test_notice_LDADD = $(core_libs) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_judge
TESTS += tests/unit/test_judge
tests_unit_test_judge_SOURCES = tests/unit/test_judge.c
tests_unit_test_judge_LDADD = $(core_libs) $(CHECK_LIBS)
