/** Random choices, the same for the same seed. */
import { randomBelow } from '../../engines/mysql/dump-support.ts';

export interface Chance {
  /** A whole number from 0, below the limit. */
  below(limit: number): number;
  /** One time in `times`. */
  once(times: number): boolean;
  one<Item>(items: readonly Item[]): Item;
  /** Up to `most` of them, each at most once. */
  some<Item>(items: readonly Item[], most: number): Item[];
  /** `count` values. */
  list<Item>(count: number, make: (index: number) => Item): Item[];
}

export function chance(seed: number): Chance {
  const below = randomBelow(seed);
  return {
    below,
    once: (times) => below(times) === 0,
    one: (items) => items[below(items.length)] as (typeof items)[number],
    some: (items, most) => {
      const left = [...items];
      const count = Math.min(left.length, below(most + 1));
      return Array.from({ length: count }, () => left.splice(below(left.length), 1)[0] as (typeof items)[number]);
    },
    list: (count, make) => Array.from({ length: count }, (_, index) => make(index)),
  };
}
