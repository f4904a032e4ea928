// Lints the exported schema, and this client's documents against it. Run from the repository's root (npm run lint does).
import graphqlEslint from '@graphql-eslint/eslint-plugin';

const documents = 'examples/client/src/desk/*.graphql';
const shared = {
  plugins: { '@graphql-eslint': graphqlEslint },
  languageOptions: {
    parser: graphqlEslint.parser,
    parserOptions: { graphQLConfig: { schema: './schema.graphql', documents } },
  },
  linterOptions: { reportUnusedDisableDirectives: 'error' },
};

export default [
  {
    files: ['schema.graphql'],
    ...shared,
    rules: {
      ...graphqlEslint.configs['flat/schema-recommended'].rules,
      ...graphqlEslint.configs['flat/schema-relay'].rules,

      // Stricter than recommended: everything that a client can name says what it is.
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          // GraphQL's own directive, which Strawberry's printer writes out.
          ignoredSelectors: ['[type=DirectiveDefinition][name.value=oneOf]'],
        },
      ],
      '@graphql-eslint/require-nullable-fields-with-oneof': 'error',

      // The exceptions, and why.
      '@graphql-eslint/strict-id-in-types': [
        'error',
        {
          exceptions: {
            // Values without an identity: an amount, a rate from a day on, Relay's own page information; a line of an
            // agenda, known by its ticket; what a report counts, known by what was asked.
            types: [
              ...['Money', 'ServiceRate', 'PageInfo', 'AgendaItem', 'SimilarTicket'],
              ...['FieldChange', 'CostFigures', 'MaintenanceCostReport', 'MaintenanceCostRow', 'TicketFlowRow'],
            ],
            // Answers to a mutation, pages of a list: nothing that a client's cache could fetch again.
            suffixes: ['Payload', 'Connection', 'Edge', 'Error'],
          },
        },
      ],
      // Connections also offer `nodes`, and short closed lists (roles, services, userErrors) are plain lists, as GitHub's are.
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
      // `comment` is a field of every Activity, of the type Comment too; the rule has no finer switch.
      '@graphql-eslint/no-typename-prefix': 'off',
    },
  },
  {
    files: [documents],
    ...shared,
    rules: graphqlEslint.configs['flat/operations-recommended'].rules,
  },
];
