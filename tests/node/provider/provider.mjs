// An OpenID provider on this machine, as its argument says: { port, keys, algorithm, audience, redirect, groups }.
// Whoever signs in is who they say; the tokens are the library's own, and so are its sign-in pages.
import { Provider } from "oidc-provider";

const { port, keys, algorithm, audience, redirect, groups } = JSON.parse(process.argv[2]);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys },
  cookies: { keys: ["only for tests"] },
  clients: [
    {
      client_id: "desk",
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code"],
      response_types: ["code"],
      redirect_uris: [redirect],
      id_token_signed_response_alg: algorithm,
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: "admin@example.com", email_verified: true }),
  }),
  extraTokenClaims: () => ({ groups, email: "admin@example.com", email_verified: true }),
  enabledJWA: { idTokenSigningAlgValues: [algorithm] },
  features: {
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        audience,
        scope: "desk",
        accessTokenTTL: 300,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: algorithm } },
      }),
    },
  },
});
provider.listen(port, "127.0.0.1", () => console.log("ready"));
