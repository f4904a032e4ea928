// The documents of src/desk by their hashes, as OSIT_DOCUMENTS reads them; the client's own code is made by codegen.ts.
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: 'src/desk/*.graphql',
  generates: {
    'trusted/__generated__/desk/': {
      preset: 'client',
      presetConfig: { persistedDocuments: true, fragmentMasking: false },
      config: { documentMode: 'string', useTypeImports: true },
    },
  },
};

export default config;
