#!/bin/sh
# Starts the whole system with sample data: `npm start`, or `npm start -- axis`, `npm start -- office`.
set -eu
. "$(dirname "$0")/prepare.sh"
build_pages
exec node src/main.ts start --sample "$@"
