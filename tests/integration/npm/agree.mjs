// A person who signs in and agrees, by the server's own pages:  node agree.mjs AUTHORIZE_URL
// Prints the status of the page that the browser is sent back to.
const jar = new Map();
async function visit(url, form) {
  const reply = await fetch(url, {
    redirect: 'manual',
    method: form ? 'POST' : 'GET',
    body: form && new URLSearchParams(form),
    headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
  });
  for (const cookie of reply.headers.getSetCookie()) {
    const [name, value] = cookie.split(';')[0].split(/=(.*)/s);
    if (value) jar.set(name, value);
    else jar.delete(name);
  }
  return reply;
}

let url = process.argv[2];
let form;
for (let hop = 0; hop < 20; ++hop) {
  const reply = await visit(url, form);
  form = undefined;
  const to = reply.headers.get('location');
  if (to) {
    url = new URL(to, url).href;
    continue;
  }
  if (new URL(url).pathname === '/callback') {
    console.log(JSON.stringify({ status: reply.status }));
    process.exit(0);
  }
  const page = await reply.text();
  const action = page.match(/<form[^>]*action="([^"]+)"/)?.[1];
  const prompt = page.match(/name="prompt" value="([^"]+)"/)?.[1];
  if (!action || !prompt) throw new Error(`no form on ${url}: ${reply.status} ${page.slice(0, 400)}`);
  url = new URL(action, url).href;
  form = { prompt, login: 'ada', password: 'any' };
}
throw new Error('too many redirects');
