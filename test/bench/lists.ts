/** What pages of a list cost in a table of many records. */
import packageJson from '../../package.json' with { type: 'json' };
import type { ListedKind, PageCost } from './list-pages.ts';
import { type Row, resultOf } from './row.ts';
import { needStack } from './servers.ts';

const RECORDS = 50_000;
const { dynalite } = packageJson.devDependencies;

export function listsRow(kind: ListedKind): Row {
  return {
    name: `lists ${kind} ${RECORDS}`,
    peer: 'what the records of a page take by themselves, and what its filters pass over',
    goal: { bound: 'at most', value: 10 },
    measure: async ({ scale }) => {
      await needStack();
      const { measureLists } = await import('./list-pages.ts');
      const count = Math.round(RECORDS * scale);
      const { seedSeconds, pages } = await measureLists(kind, count);
      const lines = [`${count} records, written in ${seedSeconds} s; of each page:`, ...pages.map(describePage)];
      return resultOf(
        pages.map(({ units }) => units),
        'units',
        lines.join('\n  '),
        { dynalite },
      );
    },
  };
}

function describePage({ filters, page, records, evaluated, units, ms }: PageCost): string {
  const given = Object.entries(filters).map(([field, value]) =>
    field.endsWith('status') ? `${field}=${value}` : field,
  );
  const by = given.length === 0 ? 'all' : given.join(' + ');
  return `${by}, page ${page}: ${records} records, ${evaluated} read, ${units} units, ${ms} ms`;
}
