# Tests: bench/local.
