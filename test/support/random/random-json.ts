/** Values made from a JSON schema: mostly valid, sometimes completely different. */

export interface JsonSchema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  format?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
}

const ODD = [
  null,
  true,
  -1,
  1e308,
  '',
  '\0',
  'é💩',
  '../../etc/passwd',
  "'; DROP TABLE backups; --",
  [],
  {},
  [[[[]]]],
  'x'.repeat(5000),
  '__proto__',
];

/** @param random numbers from 0 to 1 */
export function randomValue(schema: JsonSchema, random: () => number): unknown {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  if (random() < 0.08) return pick(ODD);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return pick(schema.enum);
  if (schema.anyOf !== undefined) return randomValue(pick(schema.anyOf), random);
  switch (schema.type) {
    case 'object': {
      const entries = Object.entries(schema.properties ?? {}).filter(
        ([name]) => schema.required?.includes(name) || random() < 0.5,
      );
      return Object.fromEntries(entries.map(([name, field]) => [name, randomValue(field, random)]));
    }
    case 'array':
      return Array.from({ length: Math.floor(random() * 4) }, () => randomValue(schema.items ?? {}, random));
    case 'integer':
    case 'number':
      return Math.floor(
        (schema.minimum ?? -5) + random() * Math.min(1e6, (schema.maximum ?? 1e6) - (schema.minimum ?? -5) + 2),
      );
    case 'boolean':
      return random() < 0.5;
    case 'null':
      return null;
    case 'string':
      if (schema.format === 'uuid') return crypto.randomUUID();
      if (schema.format === 'date-time') return new Date(random() * 2e12).toISOString();
      return Array.from({ length: Math.floor(random() * 20) }, () => pick([...'abcXYZ019._-@/ "\'\\'])).join('');
    default:
      return pick(ODD);
  }
}
