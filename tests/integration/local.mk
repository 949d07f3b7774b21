# Tests: integration/local.
