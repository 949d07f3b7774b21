# Tests: unit/store.
