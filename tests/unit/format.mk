# Tests: unit/format.
