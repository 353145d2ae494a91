# The story of nine events and a killed worker, for `ci/demo`. Uses the functions of ci/demo.

start_vendor webhook "{\"secret\":\"$DEMO_INBOX_KEY\"}"
inbox=$vendor
# Its first answer will be 429: come back in two seconds.
start_vendor hubspot "{\"token\":\"$DEMO_CRM_TOKEN\",\"throttle_next\":1,\"retry_after_s\":2}"
crm=$vendor

# The shipped connectors. In the manifest of the CRM's one its address is replaced by that of the
# model, as the default of a setting: the code is told neither.
install -m 755 "build/$preset/connectors/webhook.so" "$stage/connectors/webhook.so"
sed 's|^host = "api.hubapi.com"$|setting = "url"|' manifests/hubspot.toml >"$stage/hubspot.toml"
printf '\n[[setting]]\nname = "url"\ntitle = "Address of the model"\ntype = "url"\ndefault = "%s"\n' \
  "$crm" >>"$stage/hubspot.toml"
objcopy --update-section .tenon_manifest="$stage/hubspot.toml" \
  "build/$preset/connectors/hubspot.so" "$stage/connectors/hubspot.so" || exit 1
sed "s|@INBOX@|$inbox|" ci/demo.d/workspace.toml >"$stage/workspace.toml"
"$bin/tenond" --data "$data" --workspace "$stage/workspace.toml" --connectors "$stage/connectors" \
  --listen 127.0.0.1:0 --metrics-listen 127.0.0.1:0 --log-file "$stage/tenond.log" &
host=$!
pids=("$host" "${pids[@]}") # the host is stopped first
wait_for 20 test -s "$data/ports" || { echo "tenond did not start"; tail -n 5 "$stage/tenond.log"; exit 1; }
# shellcheck source=/dev/null
. "$data/ports" # ingest=PORT metrics=PORT
url=http://127.0.0.1:$ingest
wait_for 20 curl -sf "http://127.0.0.1:$metrics/readyz"
expect "the host is ready" curl -sf "http://127.0.0.1:$metrics/readyz"
shown connectors list

heading "nine events in"
shown events send ci/demo.d/events.ndjson --source-url "$url" --write-key env:DEMO_WRITE_KEY

heading "what happened to each"
for id in ada grace edsger barbara nobody order-1 order-2 home; do
  settled "$id" 40 '.[] | .received.message_id + " (" + .received.type + "): " + .decision.fate +
    ([.deliveries[] | "\n      " + .destination + ": " + .state + " after " + (.tries | tostring) +
      (if .tries == 1 then " try" else " tries" end)] | add // "")' | jq -r . | sed 's/^/  /'
done

heading "the vendor's 429 was obeyed"
gap=$(curl -sf "$crm/_model/journal" | jq '[.[] | select(.path | endswith("/upsert"))] as $r |
  ($r | map(.status == 429) | index(true)) as $i | $r[$i + 1].at_ms - $r[$i].at_ms')
same "times the CRM said 429" 1 "$(state "$crm" '.by_status["429"]')"
expect "the next request came ${gap} ms later, not before the 2,000 ms it asked for" [ "${gap:-0}" -ge 2000 ]

heading "a poison record goes to the dead letters, its batch does not"
shown dead-letters list
letter=$(tenon dead-letters list --json | jq -r '.data[0].id')
shown dead-letters show "$letter"
same "dead letters" 1 "$(tenon dead-letters list --json | jq '.data | length')"
expect "it holds the vendor's own reason" \
  grep -q 'favourite_colour' <(tenon dead-letters show "$letter" --json | jq -r .detail)
same "contacts written" "ada@example.com barbara@example.com grace@example.com" \
  "$(state "$crm" '.model.contacts | keys | join(" ")')"

heading "mend the configuration, redrive"
grep -v '^favourite_colour' "$stage/workspace.toml" >"$stage/mended.toml"
shown config diff "$stage/mended.toml"
shown config apply "$stage/mended.toml"
shown dead-letters redrive "$letter"
wait_for 20 test "$(settled edsger 20 '[.[0].deliveries[].state] | unique | join(" ")')" = '"delivered"'
shown explain --message-id web:edsger
same "state of all deliveries of the event" '"delivered"' \
  "$(settled edsger 20 '[.[0].deliveries[].state] | unique | join(" ")')"
same "the contact at the CRM" Edsger "$(state "$crm" '.model.contacts["edsger@example.com"].properties.firstname')"
same "dead letters left" 0 "$(tenon dead-letters list --json | jq '.data | length')"

heading "a worker is killed in the middle of 300 events"
curl -sf -d '{"delay_ms":10}' "$inbox/_model/options" >/dev/null
before=$(state "$inbox" .model.distinct)
for i in $(seq 300); do
  echo "{\"type\":\"track\",\"messageId\":\"load-$i\",\"userId\":\"user-$((i % 7))\",\"event\":\"Load\",\"properties\":{\"n\":$i}}"
done | tenon events send - --source-url "$url" --write-key env:DEMO_WRITE_KEY --json >"$stage/sent.json"
same "events accepted" 300 "$(jq .accepted "$stage/sent.json")"
some_came() { [ "$(state "$inbox" .model.distinct)" -ge $((before + 30)) ]; }
wait_for 20 some_came
worker=$(tenon workers list --json | jq -r '.data[] | select(.release | startswith("webhook@")) | .pid' | head -n 1)
came=$(state "$inbox" .model.distinct)
expect "worker $worker was killed with kill -9 when $((came - before)) of 300 had arrived" \
  kill -KILL "$worker"
all_came() { [ "$(state "$inbox" .model.distinct)" = $((before + 300)) ]; }
wait_for 60 all_came
same "arrived, each under its own webhook-id" 300 $(($(state "$inbox" .model.distinct) - before))
same "wrong signatures" 0 "$(state "$inbox" '.model.wrong_signature + .model.unsigned')"
echo "  repeats that the receiver knew by their id: $(state "$inbox" .model.repeats)"
expect "another worker runs" [ "$(tenon workers list --json | jq -r '.data[] | select(.release | startswith("webhook@")) | .pid' | head -n 1)" != "$worker" ]

heading "the counts add up"
# Of what came in: notices of the host itself are events, too.
counts() {
  curl -sf --unix-socket "$data/admin.sock" http://tenon/api/v1/completeness |
    jq '.data |= map(select(.source != "tenon"))'
}
none_open() { [ "$(counts | jq '[.data[] | .pending // 0, .undecided // 0, .ambiguous // 0] | add')" = 0 ]; }
wait_for 30 none_open
counts | jq -r '.data[] | "  " + (del(.hour) | to_entries | map("\(.key)=\(.value)") | join(" "))'
sum() { counts | jq "[.data[] | $1 // 0] | add"; }
same "events received" 309 "$(sum .received)"
same "received = duplicate + no route + invalid + routed" "$(sum .received)" \
  "$(sum '(.duplicate // 0) + (.no_route // 0) + (.invalid // 0) + (.routed // 0)')"
same "duplicates" 1 "$(sum .duplicate)"
same "events without a route" 1 "$(sum .no_route)"
same "deliveries made" 311 "$(sum .delivered)"
same "pending, parked, dead or ambiguous" 0 "$(sum '(.pending // 0) + (.parked // 0) + (.dead // 0) + (.ambiguous // 0)')"
