import type { Collection } from 'mongodb';

export interface Account {
  _id: string;
  email: string;
  app: number;
  name: string;
  createdAt: Date;
  logins: number;
}

export function account(n: number): Account {
  return {
    _id: n.toString(16).padStart(24, '0'),
    email: `user${n}@example.com`,
    app: n % 10,
    name: `User number ${n}`,
    createdAt: new Date(1_700_000_000_000 + n),
    logins: 0,
  };
}

/** Three, as a collection of users has. */
export const INDEXES = [
  { key: { email: 1 }, unique: true },
  { key: { app: 1, _id: 1 } },
  { key: { createdAt: 1 } },
] as const;

export interface Workload {
  name: string;
  /** @param present how many accounts there are; `serial` was never given before */
  run(accounts: Collection<Account>, present: number, serial: number): Promise<unknown>;
}

const anyOf = (present: number): string => `user${Math.floor(Math.random() * present)}@example.com`;

export const WORKLOADS: Workload[] = [
  { name: 'findOne by unique index', run: (accounts, present) => accounts.findOne({ email: anyOf(present) }) },
  { name: 'insertOne', run: (accounts, present, serial) => accounts.insertOne(account(present + serial)) },
  {
    name: 'findOneAndUpdate',
    run: (accounts, present) => accounts.findOneAndUpdate({ email: anyOf(present) }, { $inc: { logins: 1 } }),
  },
];
