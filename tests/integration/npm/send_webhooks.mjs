// Signs webhooks with the unmodified libraries and sends them to a host:
//   node send_webhooks.mjs standard|stripe URL SECRET ID...
// One request for each id. Prints {"statuses": [status of each], "refused": [status of one that is
// unsigned, of one that was changed, of one that is old]}.
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';

const [scheme, url, secret, ...ids] = process.argv.slice(2);
const stripe = new Stripe('sk_test_not_used');

function signed(id, body, at) {
  if (scheme === 'standard') {
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    };
  }
  const timestamp = Math.floor(at.getTime() / 1000);
  const header = stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp });
  return { 'stripe-signature': header };
}

async function send(headers, body) {
  const all = { 'content-type': 'application/json', ...headers };
  return (await fetch(url, { method: 'POST', headers: all, body })).status;
}

const body_of = (id) =>
  JSON.stringify([
    { eventId: Number(id), subscriptionId: 1, portalId: 2, subscriptionType: 'contact.creation',
      objectId: 3, occurredAt: Date.now(), name: 'Zoë' },
  ]);

const statuses = [];
for (const id of ids) {
  const body = body_of(id);
  statuses.push(await send(signed(id, body, new Date()), body));
}
const body = body_of('1');
const refused = [
  await send({}, body),
  await send(signed('1', body, new Date()), body + ' '),
  await send(signed('1', body, new Date(Date.now() - 3_600_000)), body),
];
console.log(JSON.stringify({ statuses, refused }));
