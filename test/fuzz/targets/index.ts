/** Every parser that takes bytes or text from outside. */
import type { OpenTarget } from '../target.ts';
import { compression } from './compression.ts';
import { config } from './config.ts';
import { connectionString } from './connection-string.ts';
import { copy } from './copy.ts';
import { csv } from './csv.ts';
import { decodeCopyTarget } from './decode-copy.ts';
import { dsn } from './dsn.ts';
import { encodeCopyTarget } from './encode-copy.ts';
import { identifiers } from './identifiers.ts';
import { postgresErrors } from './postgres-errors.ts';
import { quantities } from './quantities.ts';
import { redaction } from './redaction.ts';
import { s3Ranges, s3Replies } from './s3-replies.ts';
import { skipHeaderTarget } from './skip-header.ts';
import { glob, uri } from './uri.ts';

export const targets: Readonly<Partial<Record<string, OpenTarget>>> = {
  ...compression,
  'skip-header': skipHeaderTarget,
  ...{ csv, copy, dsn, uri, glob, config, quantities, identifiers },
  ...{ 's3-replies': s3Replies, 's3-ranges': s3Ranges, 'postgres-errors': postgresErrors, redaction },
  'connection-string': connectionString,
  'decode-copy': decodeCopyTarget,
  'encode-copy': encodeCopyTarget,
};
