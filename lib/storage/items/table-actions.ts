/** The IAM actions for the operations that the tables' adapters send. */
export type TableAction =
  | 'dynamodb:GetItem'
  | 'dynamodb:BatchGetItem'
  | 'dynamodb:Query'
  | 'dynamodb:PutItem'
  | 'dynamodb:UpdateItem'
  | 'dynamodb:DeleteItem';

/** The actions that each method of an adapter needs. Every adapter declares them next to its class. */
export type TableActions<Table> = { readonly [Method in keyof Table]: readonly TableAction[] };
