/**
 * The filters of a list. They are the API's filters, and are stored in the page's address, so that a filtered list can
 * be bookmarked and shared. Any other text searches the loaded items. Pure.
 */
import type { PropertyFilterProps } from '@cloudscape-design/components/property-filter';

export interface ListFilter {
  /** Its name in the address. */
  key: string;
  label: string;
  options: { value: string; label: string }[];
  /** Returns the API query for a value, if it isn't `key=value`. */
  toQuery?(value: string): Record<string, string>;
}

const TEXT = 'q';

/** The API query for an address. Unknown values are passed on, because the API checks them. */
export function apiQuery(filters: readonly ListFilter[], address: URLSearchParams): Record<string, string> {
  return Object.assign(
    {},
    ...filters.map(({ key, toQuery }) => {
      const value = address.get(key);
      return value === null ? {} : (toQuery?.(value) ?? { [key]: value });
    }),
  );
}

/** What the filter control shows for an address. */
export function filterQuery(filters: readonly ListFilter[], address: URLSearchParams): PropertyFilterProps.Query {
  const tokens = filters.flatMap(({ key }) => {
    const value = address.get(key);
    return value === null ? [] : [{ propertyKey: key, operator: '=', value }];
  });
  const text = address.get(TEXT);
  return { operation: 'and', tokens: text === null ? tokens : [...tokens, { operator: ':', value: text }] };
}

/** The address for what the filter control shows. If it has two filters of one kind, the later one counts. */
export function addressOf(filters: readonly ListFilter[], { tokens }: PropertyFilterProps.Query): URLSearchParams {
  const address = new URLSearchParams();
  for (const { propertyKey, value } of tokens) {
    const filter = filters.find(({ key }) => key === propertyKey);
    const option = filter?.options.find(({ label, value: known }) => label === value || known === value);
    address.set(filter?.key ?? TEXT, option?.value ?? String(value));
  }
  return address;
}

/** The search text. */
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
      // in whole minutes, so that the query stays the same while the page is open
      return { since: new Date(Math.floor(now() / 60_000 - span * 60) * 60_000).toISOString() };
    },
  };
}
