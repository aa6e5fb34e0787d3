import type { EngineFacts } from './facts.ts';

export const POSTGRESQL: EngineFacts = {
  title: 'PostgreSQL',
  defaultPort: 5432,
  urlSchemes: ['postgresql:', 'postgres:'],
  sqlDialect: 'postgres',
  dumpKinds: ['pg-archive', 'sql'],
  physicalEngines: ['pgbackrest'],
  connectionFields: ['trusted', 'cipher_pass'],
  sslModeNotes: {},
  mayGreetAs: [],
  names: {
    maxBytes: 63,
    refused: undefined,
    // `postgres` isn't listed, because Jagad's own guide restores into it
    system: ['template0', 'template1'],
    mayFoldCase: false,
  },
  size: {
    // an archive is compressed already, and is loaded without decompressing it first
    growth: 1.2,
    bytesPerSecond: 7_000_000,
    spools: true,
  },
  typeOfVersion: () => 'postgresql',
  release(version) {
    const [, major = '0', minor = '0'] = /(\d+)\.?(\d+)?/.exec(version) ?? [];
    // 9.6 and older have two numbers
    return [Number(major), Number(major) < 10 ? Number(minor) : 0];
  },
};
