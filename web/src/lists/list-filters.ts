/**
 * Filters of a list: those are the API's, and stand in the page's own address, so that a filtered list can be kept and
 * sent. What is typed beside them searches what has been loaded. Pure.
 */
import type { PropertyFilterProps } from '@cloudscape-design/components/property-filter';

export interface ListFilter {
  /** Its name in the address. */
  key: string;
  label: string;
  options: { value: string; label: string }[];
  /** The query of the API that it stands for, unless that is `key=value`. */
  toQuery?(value: string): Record<string, string>;
}

const TEXT = 'q';

/** What the address says, as the query of the API. Unknown values are passed on: the API knows what they are. */
export function apiQuery(filters: readonly ListFilter[], address: URLSearchParams): Record<string, string> {
  return Object.assign(
    {},
    ...filters.map(({ key, toQuery }) => {
      const value = address.get(key);
      return value === null ? {} : (toQuery?.(value) ?? { [key]: value });
    }),
  );
}

/** What the address says, as the filter control shows it. */
export function filterQuery(filters: readonly ListFilter[], address: URLSearchParams): PropertyFilterProps.Query {
  const tokens = filters.flatMap(({ key }) => {
    const value = address.get(key);
    return value === null ? [] : [{ propertyKey: key, operator: '=', value }];
  });
  const text = address.get(TEXT);
  return { operation: 'and', tokens: text === null ? tokens : [...tokens, { operator: ':', value: text }] };
}

/** What the filter control says, as an address. Of two filters of one kind the later one holds. */
export function addressOf(filters: readonly ListFilter[], { tokens }: PropertyFilterProps.Query): URLSearchParams {
  const address = new URLSearchParams();
  for (const { propertyKey, value } of tokens) {
    const filter = filters.find(({ key }) => key === propertyKey);
    const option = filter?.options.find(({ label, value: known }) => label === value || known === value);
    address.set(filter?.key ?? TEXT, option?.value ?? String(value));
  }
  return address;
}

/** The text that is searched for. */
export function searchText(address: URLSearchParams): string {
  return address.get(TEXT) ?? '';
}

/** The filter by age: `7d` is the last seven days. */
export function ageFilter(now: () => number): ListFilter {
  const hours = { '24h': 24, '7d': 7 * 24, '30d': 30 * 24, '90d': 90 * 24 };
  return {
    key: 'age',
    label: 'Age',
    options: [
      { value: '24h', label: 'Last 24 hours' },
      { value: '7d', label: 'Last 7 days' },
      { value: '30d', label: 'Last 30 days' },
      { value: '90d', label: 'Last 90 days' },
    ],
    toQuery(value): Record<string, string> {
      const span = hours[value as keyof typeof hours];
      if (span === undefined) return {};
      // whole minutes, so that the query stays the same while the page is looked at
      return { since: new Date(Math.floor(now() / 60_000 - span * 60) * 60_000).toISOString() };
    },
  };
}
