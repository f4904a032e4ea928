// PostGraphile 5 over OSIT's own tables, as one production process: short names, its prepared statements left on.
import { createServer } from 'node:http';
import { PgSimplifyInflectionPreset } from '@graphile/simplify-inflection';
import { postgraphile } from 'postgraphile';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';

const preset = {
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
  disablePlugins: ['PgIndexBehaviorsPlugin'], // so that every column may be ordered by
  pgServices: [
    makePgService({
      connectionString: process.env.PGURL,
      schemas: ['peers'],
      poolConfig: { max: Number(process.env.POOL), min: 1 },
    }),
  ],
  grafserv: { graphiql: false, watch: false, websockets: false, graphqlPath: '/graphql' },
  grafast: { explain: false },
};

const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready'));
