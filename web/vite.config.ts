import { defineConfig, type Plugin } from "vite";

/** Gives GraphiQL's packages, and nothing else, the JSX runtime that translates. */
const translateGraphiQL: Plugin = {
  name: "translate-graphiql",
  enforce: "pre",
  resolveId(source, importer = "") {
    const isGraphiQL = /[\\/]node_modules[\\/]@?graphiql[\\/]/.test(importer);
    return source === "react/jsx-runtime" && isGraphiQL ? this.resolve("/src/graphiql/jsx-runtime.ts") : null;
  },
};

export default defineConfig({
  base: "/graphiql/",
  plugins: [translateGraphiQL],
  // osit_graphql/http/graphiql.py puts a fresh nonce in the place of this word in every answer.
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
