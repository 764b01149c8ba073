// A certified OpenID Connect provider on this machine: whoever types a name is it, by any password.
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import Provider from "oidc-provider";

const GROUPS = { alice: ["staff"], bob: ["staff", "data-ops"] };

/** Provider at this port for the page at this address; each start makes keys of its own. */
export async function startProvider(port, page, secret) {
  const issuer = `http://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [{ client_id: "qlt", client_secret: secret, redirect_uris: [`${page}/auth/callback`] }],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256" }] },
    cookies: { keys: ["of this test"] },
    scopes: ["openid", "profile", "groups"],
    claims: { openid: ["sub"], profile: ["preferred_username"], groups: ["groups"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id, groups: GROUPS[id] ?? [] }) }),
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
  });
  const server = provider.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    issuer,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** At the provider's own pages: says who they are, and agrees. */
export async function logInAs(page, name) {
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: /continue/i }).click();
}
