"""Tests with the libraries that are too large for `make test`; `make test-interfaces` installs them and runs these."""
