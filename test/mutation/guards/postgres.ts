import type { Guard } from '../guard.ts';
import { cancelGuards } from './postgres/cancel.ts';
import { copyGuards } from './postgres/copy.ts';
import { decodingGuards } from './postgres/decoding.ts';
import { encodingGuards } from './postgres/encoding.ts';
import { errorGuards } from './postgres/errors.ts';
import { hostGuards } from './postgres/hosts.ts';
import { inputGuards } from './postgres/input.ts';
import { checkedOutGuards } from './postgres/checked-out.ts';
import { kyselyGuards } from './postgres/kysely.ts';
import { leaseGuards } from './postgres/lease.ts';
import { memoryGuards } from './postgres/memory.ts';
import { rowGuards } from './postgres/rows.ts';
import { sessionGuards } from './postgres/session.ts';
import { settingsGuards } from './postgres/settings.ts';
import { sqlGuards } from './postgres/sql.ts';
import { statementGuards } from './postgres/statements.ts';
import { transactionGuards } from './postgres/transactions.ts';
import { wireGuards } from './postgres/wire.ts';

export const postgresGuards: readonly Guard[] = [
  ...checkedOutGuards,
  ...kyselyGuards,
  ...leaseGuards,
  ...sessionGuards,
  ...hostGuards,
  ...cancelGuards,
  ...copyGuards,
  ...wireGuards,
  ...rowGuards,
  ...decodingGuards,
  ...statementGuards,
  ...transactionGuards,
  ...encodingGuards,
  ...inputGuards,
  ...sqlGuards,
  ...settingsGuards,
  ...errorGuards,
  ...memoryGuards,
];
