// Runs every public GraphQL-over-HTTP audit (npm graphql-http) against a server, one line for each that fails.
// node audits.mjs http://127.0.0.1:8000/graphql — exit status 0: all pass, MUST, SHOULD and MAY; 1: not; 2: nobody answers.
import { serverAudits } from 'graphql-http';

const [url] = process.argv.slice(2);
if (!url) {
  console.error('usage: node audits.mjs URL');
  process.exit(2);
}

try {
  await fetch(url);
} catch (error) {
  console.error(`${url}: nobody answers (${error.cause?.code ?? error.message})`);
  process.exit(2);
}

const audits = serverAudits({ url, fetchFn: fetch });
let passed = 0;
for (const audit of audits) {
  // A broken connection rejects; a broken promise of the protocol comes back with its reason.
  const result = await audit.fn().catch((error) => ({ status: 'error', reason: String(error.cause ?? error) }));
  if (result.status === 'ok') {
    passed += 1;
    continue;
  }
  const { response } = result;
  const seen = response ? ` [${response.status} ${response.headers.get('content-type')}]` : '';
  console.log(`${audit.id} ${audit.name}: ${result.reason}${seen}`);
}
console.log(`${passed}/${audits.length}`);
process.exit(passed === audits.length ? 0 : 1);
