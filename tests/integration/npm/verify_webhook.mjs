// Verifies what a vendor server received with the unmodified library:
//   node verify_webhook.mjs VENDOR_URL SECRET
// Prints {"verified": N, "ids": [webhook-id...]}; ends with 1 if one signature is wrong.
import { Webhook } from 'standardwebhooks';

const [vendor, secret] = process.argv.slice(2);
const webhook = new Webhook(secret);
const journal = await (await fetch(`${vendor}/_model/journal`)).json();
const ids = [];
for (const { headers, body } of journal) {
  webhook.verify(body, headers);
  ids.push(headers['webhook-id']);
}
// The library must refuse what was not signed so, or the check above proves nothing.
for (const { headers, body } of journal.slice(0, 1)) {
  let refused = false;
  try {
    webhook.verify(body + ' ', headers);
  } catch {
    refused = true;
  }
  if (!refused) throw new Error('a changed body was accepted');
}
console.log(JSON.stringify({ verified: ids.length, ids }));
