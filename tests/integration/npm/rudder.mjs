// Sends events through the unmodified RudderStack client: node rudder.mjs HOST WRITE_KEY COUNT.
// It labels gzip bodies as forms. Prints {"sent": [messageId...]}; ends with 1 on any error.
import rudder from '@rudderstack/rudder-sdk-node';

const [host, writeKey, count] = process.argv.slice(2);
const Analytics = rudder.default ?? rudder;
const client = new Analytics(writeKey, { dataPlaneUrl: host, flushAt: 20, flushInterval: 200,
                                         gzip: true, logLevel: 'error' });
const sent = [];
for (let i = 0; i < Number(count); ++i) {
  const messageId = `rudder-${process.pid}-${i}`;
  sent.push(messageId);
  client.track({ userId: `u-${i}`, event: 'Order Done', properties: { number: i }, messageId });
}
await new Promise((resolve, reject) => {
  client.flush((error) => (error ? reject(error) : resolve()));
});
console.log(JSON.stringify({ sent }));
process.exit(0);
