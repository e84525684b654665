// oidc-provider with Keycloak's URL layout, on 127.0.0.1 at the port given: a certified server that is not Keycloak.

import { createServer } from "node:http";
import Provider from "oidc-provider";

const port = Number(process.argv[2]);
const realm = "/realms/persium";
const protocol = "/protocol/openid-connect";
const resource = "urn:persium:api";

const client = (client_id, token_endpoint_auth_method) => ({
  client_id,
  client_secret: "a secret with + % & = @ /",
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method,
});

const provider = new Provider(`http://127.0.0.1:${port}${realm}`, {
  clients: [client("by-form", "client_secret_post"), client("by-basic", "client_secret_basic")],
  routes: {
    token: `${protocol}/token`,
    jwks: `${protocol}/certs`,
    introspection: `${protocol}/token/introspect`,
    userinfo: `${protocol}/userinfo`,
  },
  // As Keycloak names the client that a token was given to.
  extraTokenClaims: (_context, token) => ({ azp: token.clientId }),
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "read",
        audience: resource,
        accessTokenFormat: "jwt",
        accessTokenTTL: 300,
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
});

const handle = provider.callback();
createServer((request, response) => {
  if (!request.url.startsWith(`${realm}/`)) {
    response.writeHead(404).end();
    return;
  }
  request.originalUrl = request.url;
  request.url = request.url.slice(realm.length);
  handle(request, response);
}).listen(port, "127.0.0.1");
