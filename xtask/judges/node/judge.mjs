// What openid-client and jose make of a Keycloak, or of what says it is one.
//
// Prints a line for each case: its name, and the class of its outcome. The environment says where the server is.

import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oidc from "openid-client";

const { JUDGED_URL: base, JUDGED_REALM: realm } = process.env;
const client = [process.env.JUDGED_CLIENT_ID, process.env.JUDGED_CLIENT_SECRET];
const disabled = [process.env.JUDGED_DISABLED_ID, process.env.JUDGED_DISABLED_SECRET];

async function grant([id, secret], authentication, name = realm) {
  try {
    const issuer = new URL(`${base}/realms/${name}`);
    const options = { execute: [oidc.allowInsecureRequests] };
    const config = await oidc.discovery(issuer, id, undefined, authentication(secret), options);
    const token = await oidc.clientCredentialsGrant(config);
    // Rounded up: an answer may count from a moment later than its token.
    return { token, outcome: `${token.token_type} for ${Math.ceil(token.expires_in / 10) * 10} s` };
  } catch (error) {
    const status = error.status ?? error.cause?.status ?? "no status";
    return { outcome: `refused with ${status} ${error.error ?? "at discovery"}` };
  }
}

async function verification(token) {
  const keys = createRemoteJWKSet(new URL(`${base}/realms/${realm}/protocol/openid-connect/certs`));
  try {
    const expected = { issuer: `${base}/realms/${realm}`, audience: "account" };
    const { payload } = await jwtVerify(token, keys, expected);
    return `a token of ${payload.azp}`;
  } catch (error) {
    return `refused: ${error.code}`;
  }
}

for (const [name, authentication] of [
  ["form", oidc.ClientSecretPost],
  ["basic", oidc.ClientSecretBasic],
]) {
  const outcome = async (...args) => (await grant(args[0], authentication, args[1])).outcome;
  console.log(`grant by ${name}: ${await outcome(client)}`);
  console.log(`wrong secret by ${name}: ${await outcome([client[0], "wrong"])}`);
  console.log(`unknown client by ${name}: ${await outcome(["nobody", "wrong"])}`);
  console.log(`wrong realm by ${name}: ${await outcome(client, "nowhere")}`);
  console.log(`disabled client by ${name}: ${await outcome(disabled)}`);
}
const { token } = await grant(client, oidc.ClientSecretPost);
console.log(`verification: ${await verification(token.access_token)}`);
const [head, , signature] = token.access_token.split(".");
const forged = Buffer.from(JSON.stringify({ azp: "me" })).toString("base64url");
console.log(`verification of a forgery: ${await verification(`${head}.${forged}.${signature}`)}`);
