# Tests: unit/adapter.
