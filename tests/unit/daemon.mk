# Tests: unit/daemon.
