/** The sample shop's rows: the same ones each time and in every engine. */
import { createHash } from 'node:crypto';

export interface TableRows {
  table: string;
  columns: string[];
  rows: unknown[][];
}

const CUSTOMERS = 400;
const PRODUCTS = 150;
const ORDERS = 1200;

const GIVEN = [
  'Zoë',
  'Ángel',
  '小龍',
  'Иван',
  'Ζωή',
  'Nguyễn',
  'محمد',
  'Søren',
  "D'Arcy",
  'Łucja',
  'さくら',
  '🎉 Party',
];
const FAMILY = [
  'Ångström',
  'Muñoz',
  '李',
  'Петрова',
  'Παπαδοπούλου',
  'Thị Hương',
  'الخوارزمي',
  'Kierkegaard',
  "O'Brien",
];
const COUNTRIES = ['DE', 'ES', 'CN', 'UA', 'GR', 'VN', 'EG', 'DK', 'IE', 'PL', 'JP', 'ID'];
const THINGS = [
  'Tea – Darjeeling',
  'Notebook "A5"',
  'Lamp',
  'Kopi Luwak ☕',
  'Umbrella',
  'Chess set',
  'Violin',
  'Rug; hand-knotted',
];
const NOTES = [
  null,
  '',
  'Ring twice.\nThen wait.',
  'C:\\gifts\\wrapped',
  "It's a present 🎁",
  '100% sure; -- no comment',
  '\t/* urgent */',
];
export const CATEGORIES = ['food', 'office', 'home', 'leisure'];
export const STATUSES = ['new', 'paid', 'sent', 'returned'];

/** Parent tables before child tables. */
export function shopRows(): TableRows[] {
  return [customers(), products(), orders(), orderItems()];
}

function customers(): TableRows {
  const rows = sequence(CUSTOMERS).map((id) => {
    const name = `${pick(GIVEN, 'given', id)} ${pick(FAMILY, 'family', id)}`;
    const preferences = {
      newsletter: chance('newsletter', id, 2) === 0,
      colours: ['grün', pick(COUNTRIES, 'colour', id)],
    };
    const bornOn = chance('born', id, 9) === 0 ? null : day(-20_000 + chance('day', id, 15_000));
    return [
      id,
      `customer${id}@shop.example`,
      name,
      pick(COUNTRIES, 'country', id),
      bornOn,
      JSON.stringify(preferences),
    ];
  });
  return { table: 'customers', columns: ['id', 'email', 'full_name', 'country', 'born_on', 'preferences'], rows };
}

function products(): TableRows {
  const rows = sequence(PRODUCTS).map((id) => {
    const thumbnail = chance('thumbnail', id, 5) === 0 ? null : allBytes(id);
    return [
      id,
      `SKU-${String(id).padStart(5, '0')}`,
      `${pick(THINGS, 'thing', id)} no. ${id}`,
      pick(CATEGORIES, 'category', id),
      price(id),
      thumbnail,
    ];
  });
  return { table: 'products', columns: ['id', 'sku', 'name', 'category', 'price', 'thumbnail'], rows };
}

function orders(): TableRows {
  const rows = sequence(ORDERS).map((id) => {
    const placedAt = `${day(19_000 + Math.floor(id / 2))} ${String(id % 24).padStart(2, '0')}:${String(id % 60).padStart(2, '0')}:00`;
    return [id, 1 + chance('customer', id, CUSTOMERS), pick(STATUSES, 'status', id), placedAt, pick(NOTES, 'note', id)];
  });
  return { table: 'orders', columns: ['id', 'customer_id', 'status', 'placed_at', 'note'], rows };
}

function orderItems(): TableRows {
  const rows = sequence(ORDERS).flatMap((orderId) =>
    sequence(1 + chance('lines', orderId, 4)).map((line) => {
      const product = 1 + chance(`product${line}`, orderId, PRODUCTS);
      return [orderId, line, product, 1 + chance(`quantity${line}`, orderId, 5), price(product)];
    }),
  );
  return { table: 'order_items', columns: ['order_id', 'line', 'product_id', 'quantity', 'unit_price'], rows };
}

function sequence(length: number): number[] {
  return Array.from({ length }, (_, index) => index + 1);
}

/** A number below `limit` that looks random, and is always the same for a topic and an id. */
function chance(topic: string, id: number, limit: number): number {
  return createHash('sha256').update(`${topic} ${id}`).digest().readUInt32BE() % limit;
}

function pick<T>(values: readonly T[], topic: string, id: number): T {
  return values[chance(topic, id, values.length)] as T;
}

function price(product: number): string {
  return ((99 + chance('price', product, 20_000)) / 100).toFixed(2);
}

/** The date that is this many days after 1970-01-01. */
function day(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

/** Every possible byte, starting with a different one for each id. */
function allBytes(id: number): Buffer {
  return Buffer.from(Array.from({ length: 256 }, (_, index) => (index + id) % 256));
}
