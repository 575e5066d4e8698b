#!/bin/sh
# Brings the packages and the pages up to date: does nothing when they are. Sourced by the other scripts.
set -eu
cd "$(dirname "$0")/.."

stamp=node_modules/.phigiay-lock
if [ ! -x node_modules/.bin/node ] || ! cmp -s package-lock.json "$stamp"; then
  echo "Đang cài các gói (npm ci)…" >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json "$stamp"
fi
PATH="$PWD/node_modules/.bin:$PATH"
export PATH

build_pages() {
  sum=$(find web vite.config.ts package-lock.json src/modules -name '*.test.ts' -prune -o -type f -print | LC_ALL=C sort | xargs sha256sum | sha256sum)
  if [ ! -f dist/web/index.html ] || [ "$(cat dist/.pages 2>/dev/null)" != "$sum" ]; then
    echo "Đang dựng các trang…" >&2
    vite build --logLevel warn >&2
    echo "$sum" > dist/.pages
  fi
}
