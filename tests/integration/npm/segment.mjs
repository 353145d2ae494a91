// Sends events through the unmodified Segment client: node segment.mjs HOST WRITE_KEY COUNT.
// Prints {"sent": [messageId...]}; ends with 1 if the client reports any error.
import { Analytics } from '@segment/analytics-node';

const [host, writeKey, count] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, flushAt: 15, flushInterval: 200, maxRetries: 2 });
const sent = [];
let failure = null;
analytics.on('error', (error) => { failure = error; });
const done = (error, context) => {
  if (error) failure = error;
  else sent.push(context.event.messageId);
};

analytics.identify({ userId: 'u-0', traits: { email: 'u0@example.com', plan: 'Zoë ☃' } }, done);
analytics.group({ userId: 'u-0', groupId: 'g-1', traits: { name: 'Group' } }, done);
analytics.page({ userId: 'u-0', name: 'Home', properties: { url: 'https://example.com/' } }, done);
analytics.screen({ anonymousId: 'a-1', name: 'Start' }, done);
analytics.alias({ userId: 'u-0', previousId: 'a-1' }, done);
for (let i = 0; i < Number(count); ++i) {
  analytics.track({ userId: `u-${i}`, event: 'Order Done', properties: { number: i, none: null } },
                  done);
}
await analytics.closeAndFlush({ timeout: 20000 });
if (failure) {
  console.error(failure);
  process.exit(1);
}
console.log(JSON.stringify({ sent }));
