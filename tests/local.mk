# Tests: each room has a fragment of its own, so that a new test is one file and one line.
unit_ldadd = $(CHECK_LIBS)
include tests/unit/base.mk
include tests/unit/core.mk
include tests/unit/format.mk
include tests/unit/store.mk
include tests/unit/adapter.mk
include tests/unit/engine.mk
include tests/unit/daemon.mk
include tests/golden/local.mk
include tests/lessons/local.mk
include tests/deliver/local.mk
include tests/contract/local.mk
include tests/drill/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/integration/local.mk
include tests/integration/peers/local.mk
TESTS += tests/floors.sh tests/style.sh
EXTRA_DIST += tests/floors.sh tests/style.sh

# What tests/run-all asks: the unit and contract tests, and the fuzz targets of this build.
.PHONY: list-unit list-fuzz
list-unit:
	@for t in $(TESTS); do case $$t in tests/unit/* | tests/golden/* | tests/lessons/test_* | tests/contract/* | tests/deliver/*) echo $$t ;; esac; done
list-fuzz:
	@for t in $(noinst_PROGRAMS); do case $$t in tests/fuzz/*) echo $$t ;; esac; done
EXTRA_DIST += tests/run-all
