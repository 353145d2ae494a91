// Sends CloudEvents made by the unmodified library: node cloudevents.mjs HOST WRITE_KEY.
// Binary, structured and batch mode. Prints {"sent": [id...]}; ends with 1 if one is not taken.
import { CloudEvent, HTTP } from 'cloudevents';

const [host, writeKey] = process.argv.slice(2);
const authorization = 'Basic ' + Buffer.from(`${writeKey}:`).toString('base64');
const sent = [];
const event = (id, data) => {
  sent.push(id);
  return new CloudEvent({ id, source: '/shop/1', type: 'com.example.order.done', subject: 'u-1',
                          time: '2026-01-02T03:04:05.678Z', data });
};
const post = async (headers, body) => {
  const reply = await fetch(`${host}/ce`, { method: 'POST', headers: { authorization, ...headers },
                                            body });
  if (!reply.ok) throw new Error(`${reply.status}: ${await reply.text()}`);
};

const run = `ce-${process.pid}`;
for (const mode of ['binary', 'structured']) {
  const message = HTTP[mode](event(`${run}-${mode}`, { number: 1, name: 'Zoë' }));
  await post(message.headers, message.body);
}
const batch = [1, 2, 3].map((number) => event(`${run}-batch-${number}`, { number }).toJSON());
await post({ 'content-type': 'application/cloudevents-batch+json' }, JSON.stringify(batch));
console.log(JSON.stringify({ sent }));
