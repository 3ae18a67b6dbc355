import assert from 'node:assert/strict';
import { classifyPostgresError } from '../../../src/connectors/postgres/errors.ts';

const error = (message: string, fields: object = {}): Error => Object.assign(new Error(message), fields);

const CASES: readonly (readonly [given: Error, code: string, sqlState?: string])[] = [
  [error('write EPIPE', { code: 'EPIPE', errno: -32, syscall: 'write' }), 'CONNECTION_LOST'],
  [error('x', { code: 'EPERM', syscall: 'connect' }), 'UNKNOWN'],
  [error('timeout expired'), 'CONNECT_TIMEOUT'],
  [error('timeout exceeded when trying to connect'), 'POOL_TIMEOUT'],
  [error('Connection terminated due to connection timeout'), 'CONNECT_TIMEOUT'],
  [error('Connection terminated unexpectedly'), 'CONNECTION_LOST'],
  [error('write EPROTO', { code: 'EPROTO' }), 'CONNECTION_LOST'],
  [error('x', { code: 'ERR_SSL_BAD_RECORD_TYPE' }), 'CONNECTION_LOST'],
  [error('x', { code: 'ERR_SSL_SSL/TLS_ALERT_UNEXPECTED_MESSAGE' }), 'CONNECTION_LOST'],
  [error('x', { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }), 'CONNECTION_FAILED'],
  [error('Query read timeout'), 'RESPONSE_TIMEOUT'],
  [error('x', { code: '25P03' }), 'CONNECTION_LOST', '25P03'],
  [error('x', { code: '25P04' }), 'CONNECTION_LOST', '25P04'],
  [error('x', { code: '22023' }), 'STATEMENT_FAILED', '22023'],
  [error('x', { code: 'XX000' }), 'SERVER_ERROR', 'XX000'],
  [error('x', { code: 'P0001' }), 'STATEMENT_FAILED', 'P0001'],
  [error('x', { code: 'ENOENT', syscall: 'connect' }), 'CONNECTION_FAILED'],
  [error('x', { code: 'ETIMEDOUT', syscall: 'connect' }), 'CONNECT_TIMEOUT'],
  [error('constructor'), 'UNKNOWN'],
  [error('unsupported startup parameter: options', { code: '08P01' }), 'CONFIG_INVALID', '08P01'],
  [error('unsupported startup parameter in options: jit', { code: '08P01' }), 'CONFIG_INVALID', '08P01'],
  [error('unsupported startup parameter: x', { code: '08P01', file: 'pl_exec.c' }), 'CONNECTION_LOST', '08P01'],
];

describe('an error of node-postgres', () => {
  for (const [given, code, sqlState] of CASES) {
    it(`${Reflect.get(given, 'code') ?? ''} ${given.message} is ${code}`, () => {
      const ours = classifyPostgresError(given);
      assert.deepEqual([ours.code, ours.sqlState], [code, sqlState]);
    });
  }
});
