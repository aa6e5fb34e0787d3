/** What IAM calls the operations that the tables' adapters send. */
export type TableAction =
  | 'dynamodb:GetItem'
  | 'dynamodb:BatchGetItem'
  | 'dynamodb:Query'
  | 'dynamodb:PutItem'
  | 'dynamodb:UpdateItem'
  | 'dynamodb:DeleteItem';

/** The actions that each method of an adapter needs. Every adapter declares its own, beside its class. */
export type TableActions<Table> = { readonly [Method in keyof Table]: readonly TableAction[] };
