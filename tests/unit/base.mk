# Tests: unit/base.
