# The story of a release, for `ci/demo --release`: packed, signed, compared, tried, rolled back. Uses
# the functions of ci/demo; the vendor is at $crm.

contact() { # contact N
  printf '{"type":"identify","messageId":"c%s","userId":"u%s","traits":{"email":"c%s@example.com","phone":"+49 (30) 555-0%03d"}}\n' \
    "$1" "$1" "$1" "$1"
}
contacts() { # contacts FROM TO
  for i in $(seq "$1" "$2"); do contact "$i"; done |
    tenon events send - --source-url "$url" --write-key env:DEMO_WRITE_KEY --json >"$stage/sent.json"
}
at_vendor() { state "$crm" '.model.contacts | length'; }
vendor_has() { [ "$(at_vendor)" -ge "$1" ]; }
rollout() { tenon rollout status hubspot --json | jq -r "$1"; }
# The shipped code, with the address of the model in its manifest, as in the other demo.
package_of() { # package_of SO MANIFEST FOLDER: signed, its file in $package
  mkdir -p "$stage/pack"
  sed 's|^host = "api.hubapi.com"$|setting = "url"|' "$2" >"$stage/pack/manifest.toml"
  printf '\n[[setting]]\nname = "url"\ntitle = "Address of the model"\ntype = "url"\ndefault = "%s"\n' \
    "$crm" >>"$stage/pack/manifest.toml"
  objcopy --update-section .tenon_manifest="$stage/pack/manifest.toml" "$1" "$stage/pack/hubspot.so" || exit 1
  package=$("$bin/tenon" --json connector pack "$stage/pack/hubspot.so" "$3" --out "$stage" | jq -r .file)
  "$bin/tenon" connector sign "$package" --key "$stage/release.key" >/dev/null || exit 1
}

heading "two releases of one connector, packed and signed"
rm -rf "$stage"/release.key "$stage"/*.tenonpkg "$stage/pack" "$stage/author" "$stage/none"
key=$("$bin/tenon" --json connector keygen "$stage/release.key" | jq -r .public_key)
mkdir -p "$stage/none"
package_of "build/$preset/connectors/hubspot.so" manifests/hubspot.toml connectors/hubspot
first=$package
# Its author has changed phone numbers, forgotten to say so, and made a mistake that nobody has seen.
next=$root/build/$preset/tests/integration/hubspot_next
package_of "build/$preset/hubspot_next/hubspot_next.so" "$next/hubspot.toml" "$stage/none"
silent=$package
shown connector verify "$first"
sed "s|@KEY@|$key|" ci/demo.d/release.toml >"$stage/release.toml"
sed '/^\[\[destinations\]\]/,$d' "$stage/release.toml" >"$stage/begin.toml"

heading "the host; the first release comes in while it runs"
openssl rand -hex 32 >"$stage/vault.key" && chmod 600 "$stage/vault.key"
"$bin/tenond" --data "$data" --workspace "$stage/begin.toml" --connectors "$stage/none" \
  --vault-key "file:$stage/vault.key" --listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 \
  --log-file "$stage/tenond.log" &
host=$!
pids=("$host" "${pids[@]}")
wait_for 20 test -s "$data/ports" || { echo "tenond did not start"; tail -n 5 "$stage/tenond.log"; exit 1; }
# shellcheck source=/dev/null
. "$data/ports"
url=http://127.0.0.1:$ingest
wait_for 20 curl -sf "http://127.0.0.1:$metrics/readyz"
shown connector install "$first"
shown config apply "$stage/release.toml"
contacts 1 100
wait_for 30 vendor_has 100
same "contacts at the vendor" 100 "$(at_vendor)"
same "the release that all of them went by" 1.0.0 "$(rollout .stable)"

heading "1.1.0 on yesterday's calls, before a single live one"
shown connector diff hubspot@1.0.0 "$silent" --last 10000
tenon connector diff hubspot@1.0.0 "$silent" --last 10000 --format html --output "$stage/diff.html" >/dev/null
expect "the same as a page: build/demo/diff.html" grep -q 'phone' "$stage/diff.html"
diff_fails() { ! tenon connector diff hubspot@1.0.0 "$silent" --last 10000; }
expect "the diff fails: phone numbers change, and nobody has said so" diff_fails

heading "its author says so in changes.toml; now the diff passes"
mkdir -p "$stage/author"
cp tests/integration/hubspot_next/changes.toml "$stage/author/changes.toml"
printf '# Changes\n\n## 1.1.0\n\nPhone numbers go out as E.164.\n' >"$stage/author/CHANGELOG.md"
package_of "build/$preset/hubspot_next/hubspot_next.so" "$next/hubspot.toml" "$stage/author"
second=$package
expect "what is listed is no fault" tenon connector diff hubspot@1.0.0 "$second" --last 10000
shown connector install "$second"
contacts 101 110
wait_for 20 vendor_has 110
same "what is installed moves nobody" 1.0.0 "$(rollout .stable)"

heading "shadow, then a half of the keys"
shown rollout start hubspot@1.1.0 --reason "E.164"
contacts 111 150
wait_for 20 vendor_has 150
compared() { [ "$(rollout .shadow.calls)" -ge 3 ]; }
wait_for 20 compared
same "differences that changes.toml does not list" 0 "$(rollout .shadow.unlisted)"
tenon rollout canary hubspot@1.1.0 --percent 50 >/dev/null
contacts 151 200
wait_for 20 vendor_has 200
shown rollout status hubspot
same "contacts at the vendor, by both releases" 200 "$(at_vendor)"

heading "the vendor begins to answer 200 with nothing in it, and does nothing"
# 1.0.0 knows this trap and asks again. 1.1.0 takes it for a yes: the mistake.
curl -sf -d '{"script":[{"path":"/crm/v3/objects/contacts/batch/upsert","times":1000,"status":200,"body":""}]}' \
  "$crm/_model/script" >/dev/null
bad_from=$(date -u +%FT%TZ)
contacts 201 300
rolled_back() { [ "$(rollout .last.deed)" = rollback ]; }
wait_for 20 rolled_back
shown rollout status hubspot
same "who rolled it back" gate "$(rollout .last.actor)"
expect "the reason names the outcome that nobody announced" \
  grep -q 'to accepted' <(rollout .last.reason)
same "stable, without a person" 1.0.0 "$(rollout .stable)"

heading "the vendor is well again: what waits goes by 1.0.0"
curl -sf -d '{"clear":true}' "$crm/_model/script" >/dev/null
settled_all() { [ "$(tenon completeness --json | jq '[.data[] | select(.source != "tenon") | .pending // 0] | add')" = 0 ]; }
wait_for 60 settled_all
bad_to=$(date -u -d '+1 second' +%FT%TZ)
missing=$((300 - $(at_vendor)))
expect "$missing of 300 were counted as delivered by 1.1.0, and the vendor never wrote them" [ "$missing" -ge 1 ]
same "received = delivered" 300 \
  "$(tenon completeness --json | jq '[.data[] | select(.source != "tenon") | .delivered // 0] | add')"

heading "replay what went by the bad release; the vendor knows those that it has"
is_past() { [ "$(date -u +%s)" -gt "$(date -u -d "$1" +%s)" ]; }
wait_for 5 is_past "$bad_to"
shown replay --from "$bad_from" --to "$bad_to" --destination crm --yes --accept-duplicates
wait_for 60 vendor_has 300
same "contacts at the vendor" 300 "$(at_vendor)"

heading "a rollback by hand, under load"
tenon rollout start hubspot@1.1.0 --again --no-gate >/dev/null
tenon rollout promote hubspot@1.1.0 >/dev/null
contacts 301 400 &
sending=$!
sleep 0.2
began=$(date +%s%N)
tenon rollout rollback hubspot --reason "the demo's end" >/dev/null
took=$((($(date +%s%N) - began) / 1000000))
wait "$sending"
expect "in force after $took ms, less than a second" [ "$took" -lt 1000 ]
wait_for 60 vendor_has 400
same "contacts at the vendor, by either release" 400 "$(at_vendor)"
wait_for 60 settled_all
same "received = delivered" 400 \
  "$(tenon completeness --json | jq '[.data[] | select(.source != "tenon") | .delivered // 0] | add')"
shown audit list --since 1h
expect "the audit chain is whole" tenon audit verify
