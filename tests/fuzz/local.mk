# Tests: fuzz/local.
