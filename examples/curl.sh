#!/bin/sh
# Signs Alice in at the stand-in, and reads all her mail, page by page: sh examples/curl.sh
set -eu
app=${EVERGREEN_URL:-http://localhost:7071}
jar=$(mktemp)
trap 'rm -f "$jar"' EXIT

# Mail.Read is asked for with this sign-in. With a real tenant a person does this in a browser.
page=$(curl -sf -c "$jar" -b "$jar" -o /dev/null -w '%{redirect_url}' "$app/login?scope=Mail.Read")
form=$(curl -sfL -c "$jar" -b "$jar" -o /dev/null -w '%{url_effective}' "$page")
curl -sfL -c "$jar" -b "$jar" -o /dev/null -d user=alice@evergreen.example "$form"

next="$app/graph/me/messages?\$select=subject&\$top=20"
while [ -n "$next" ]; do
  answer=$(curl -sf -b "$jar" "$next")
  printf '%s\n' "$answer" | grep -o '"subject":"[^"]*"' | cut -d '"' -f 4
  next=$(printf '%s\n' "$answer" | sed -n 's/.*"@odata.nextLink":"\([^"]*\)".*/\1/p')
done
