# Tests: unit/engine.
