#!/bin/sh
# From features to a sentence, step by step, one core. Usage: network.sh BUILD. JSON lines.
exec "$1/tests/bench/network"
