// Types for the plain documents of src/desk: what a client without Relay would use, with urql, Apollo or fetch alike.
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: 'src/desk/*.graphql',
  generates: {
    'src/desk/__generated__/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string', // the documents as text: nothing of graphql-js at run time
        enumsAsTypes: true,
        strictScalars: true, // a scalar that is not listed here stops the build
        scalars: {
          DateTime: 'string', // RFC 3339
          Date: 'string', // YYYY-MM-DD
          Decimal: 'string', // never a binary float: "1234.50"
        },
        useTypeImports: true,
      },
    },
  },
};

export default config;
