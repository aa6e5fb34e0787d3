/** The sample shop for MySQL and MariaDB: `TABLES`, then the rows, then `AFTER_ROWS`. */
import { CATEGORIES, STATUSES } from './shop-rows.ts';

const labels = (names: string[]) => names.map((name) => `'${name}'`).join(', ');

export const TABLES = [
  `CREATE TABLE customers (
    id int AUTO_INCREMENT PRIMARY KEY,
    email varchar(200) NOT NULL UNIQUE,
    full_name varchar(200) NOT NULL,
    country char(2) NOT NULL,
    born_on date,
    preferences json NOT NULL)`,
  `CREATE TABLE products (
    id int AUTO_INCREMENT PRIMARY KEY,
    sku varchar(40) NOT NULL UNIQUE,
    name varchar(200) NOT NULL,
    category enum(${labels(CATEGORIES)}) NOT NULL,
    price decimal(10,2) NOT NULL,
    price_with_tax decimal(10,2) GENERATED ALWAYS AS (round(price * 1.19, 2)) STORED,
    thumbnail blob,
    FULLTEXT KEY product_words (name))`,
  `CREATE TABLE orders (
    id int AUTO_INCREMENT PRIMARY KEY,
    customer_id int NOT NULL,
    status enum(${labels(STATUSES)}) NOT NULL DEFAULT 'new',
    placed_at datetime NOT NULL,
    note text,
    KEY orders_by_customer (customer_id, placed_at),
    CONSTRAINT order_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE)`,
  `CREATE TABLE order_items (
    order_id int NOT NULL,
    line smallint NOT NULL,
    product_id int NOT NULL,
    quantity int NOT NULL,
    unit_price decimal(10,2) NOT NULL,
    amount decimal(12,2) GENERATED ALWAYS AS (quantity * unit_price) STORED,
    PRIMARY KEY (order_id, line),
    CONSTRAINT item_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
    CONSTRAINT item_product FOREIGN KEY (product_id) REFERENCES products (id))`,
  `CREATE TABLE stock_movements (
    id bigint AUTO_INCREMENT PRIMARY KEY,
    product_id int NOT NULL,
    \`change\` int NOT NULL,
    reason varchar(200) NOT NULL,
    CONSTRAINT moved_product FOREIGN KEY (product_id) REFERENCES products (id))`,
  `CREATE TRIGGER sold AFTER INSERT ON order_items FOR EACH ROW
  BEGIN
    INSERT INTO stock_movements (product_id, \`change\`, reason)
      VALUES (NEW.product_id, -NEW.quantity, concat('order ', NEW.order_id));
  END`,
  `CREATE VIEW order_totals AS
    SELECT o.id, c.full_name, o.status, sum(i.amount) AS total
    FROM orders o JOIN customers c ON c.id = o.customer_id JOIN order_items i ON i.order_id = o.id
    GROUP BY o.id, c.full_name, o.status`,
  `CREATE FUNCTION customer_total(customer int) RETURNS decimal(12,2) READS SQL DATA
    RETURN (SELECT coalesce(sum(i.amount), 0) FROM orders o JOIN order_items i ON i.order_id = o.id
      WHERE o.customer_id = customer)`,
  `CREATE PROCEDURE restock(product int, quantity int)
  BEGIN
    INSERT INTO stock_movements (product_id, \`change\`, reason) VALUES (product, quantity, 'restocked');
  END`,
  // Far in the future, so that the event never changes the rows.
  `CREATE EVENT forget_old_movements ON SCHEDULE EVERY 1 DAY STARTS '2035-01-01 03:00:00'
    DO DELETE FROM stock_movements WHERE reason = 'restocked'`,
];

export const AFTER_ROWS: string[] = [];
