// A real OAuth server over TLS, whose tokens live for seconds and whose refresh tokens rotate:
//   node oidc_server.mjs CERT KEY CLIENT_PUBLIC_KEY TOKEN_LIFE_S
// Prints its port. /_counts tells how often tokens were asked for, by grant and status; /_withdraw
// is a person who takes back what he agreed to; /_issued has every token that it gave.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { importSPKI, jwtVerify } from 'jose';
import Provider, { errors } from 'oidc-provider';

const [cert, key, clientKey, life] = process.argv.slice(2);
const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) });
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `https://127.0.0.1:${server.address().port}`;
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const secret = 'a-client-secret-of-32-characters';

const client = (id, grants, more = {}) => ({
  client_id: id,
  client_secret: secret,
  grant_types: grants,
  response_types: [],
  redirect_uris: [],
  scope: 'events.write',
  ...more,
});
const provider = new Provider(issuer, {
  clients: [
    client('machine', ['client_credentials']),
    client('signer', [jwtBearer]),
    client('app', ['authorization_code', 'refresh_token'], {
      application_type: 'native',
      response_types: ['code'],
      redirect_uris: ['http://127.0.0.1/callback'],
      scope: 'openid offline_access',
    }),
  ],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: true } },
  scopes: ['openid', 'offline_access', 'events.write'],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  ttl: {
    AccessToken: Number(life),
    ClientCredentials: Number(life),
    RefreshToken: 86400,
    Grant: 86400,
    Session: 86400,
    Interaction: 600,
    IdToken: 60,
  },
  cookies: { keys: ['for-tests-only'] },
});

const publicKey = await importSPKI(readFileSync(clientKey, 'utf8'), 'ES256');
const seen = new Set();
provider.registerGrantType(
  jwtBearer,
  async (ctx) => {
    const { client: asking, params } = ctx.oidc;
    let claims;
    try {
      ({ payload: claims } = await jwtVerify(params.assertion, publicKey, {
        algorithms: ['ES256'],
        issuer: asking.clientId,
        audience: `${issuer}/token`,
        requiredClaims: ['sub', 'jti', 'iat', 'exp'],
      }));
    } catch (error) {
      throw new errors.InvalidGrant(error.message);
    }
    if (seen.has(claims.jti)) throw new errors.InvalidGrant('assertion was used');
    seen.add(claims.jti);
    const token = new provider.ClientCredentials({ client: asking, scope: params.scope });
    ctx.body = {
      access_token: await token.save(),
      expires_in: token.expiration,
      token_type: token.tokenType,
      scope: token.scope,
    };
  },
  ['assertion', 'scope'],
);

const counts = {};
const issued = [];
const refreshTokens = [];
provider.on('refresh_token.saved', (token) => refreshTokens.push(token));
provider.use(async (ctx, next) => {
  if (ctx.path === '/_withdraw') {
    for (const token of refreshTokens.splice(0)) await token.destroy();
    ctx.body = {};
    return;
  }
  if (ctx.path === '/_counts') {
    ctx.body = counts;
    return;
  }
  if (ctx.path === '/_issued') {
    ctx.body = issued;
    return;
  }
  await next();
  if (ctx.path !== '/token') return;
  for (const kind of ['access_token', 'refresh_token', 'id_token']) {
    if (ctx.body?.[kind]) issued.push(ctx.body[kind]);
  }
  const name = `${ctx.oidc?.params?.grant_type ?? 'none'} ${ctx.status}`;
  counts[name] = (counts[name] ?? 0) + 1;
});
server.on('request', provider.callback());
console.log(`port=${server.address().port}`);
