import { defineConfig } from "vite";

export default defineConfig({
  base: "/graphiql/",
  // osit_graphql/graphiql.py puts a fresh nonce in the place of this word in every answer.
  html: { cspNonce: "OSIT_NONCE" },
  worker: { format: "es" },
  build: {
    outDir: "../osit_graphql/web",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the Content-Security-Policy has room for files, not for code in data: addresses
    chunkSizeWarningLimit: 8000, // the editor is what it is
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/graphql": "http://127.0.0.1:8000", "/graphiql/config.json": "http://127.0.0.1:8000" } },
});
