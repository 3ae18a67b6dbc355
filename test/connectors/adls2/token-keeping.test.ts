import assert from 'node:assert/strict';
import { Tokens } from '../../../src/connectors/adls2/tokens.ts';
import { connectorError } from '../../../src/errors.ts';
import { rejection } from '../../support/faults.ts';

const MINUTE = 60_000;

/** Tokens that each live so long, in milliseconds, one after the other; then the identity fails. */
function tokensOf(...lives: readonly number[]) {
  let asked = 0;
  const getToken = () => {
    const life = lives[asked];
    asked += 1;
    if (life === undefined) return Promise.reject(connectorError('SERVER_ERROR', 'the identity is down'));
    return Promise.resolve({ token: `token ${asked}`, expiresOnTimestamp: Date.now() + life });
  };
  const tokens = new Tokens(() => ({ getToken }));
  return { tokens, asked: () => asked };
}

describe('a token for ADLS', () => {
  it('is asked for once by all who come at the same time', async () => {
    const { tokens, asked } = tokensOf(60 * MINUTE, 60 * MINUTE);
    assert.deepEqual(await Promise.all([tokens.current(), tokens.current()]), ['token 1', 'token 1']);
    assert.deepEqual(await Promise.all([tokens.renewed('token 1'), tokens.renewed('token 1')]), ['token 2', 'token 2']);
    assert.equal(asked(), 2);
  });

  it('that was refused late does not cost the one that has replaced it', async () => {
    const { tokens, asked } = tokensOf(60 * MINUTE, 60 * MINUTE);
    const first = await tokens.current();
    await tokens.renewed(first);
    assert.deepEqual([await tokens.renewed(first), await tokens.current(), asked()], ['token 2', 'token 2', 2]);
  });

  it('is not taken from an identity that keeps the refused one, although that was asked already', async () => {
    const kept = Promise.withResolvers<undefined>();
    let sources = 0;
    const tokens = new Tokens(() => {
      const source = (sources += 1);
      let asked = 0;
      return {
        getToken: async () => {
          if ((asked += 1) > 1) await kept.promise;
          return { token: `of ${source}`, expiresOnTimestamp: Date.now() + MINUTE };
        },
      };
    });
    assert.deepEqual([await tokens.current(), await tokens.current()], ['of 1', 'of 1']);
    const renewed = tokens.renewed('of 1');
    kept.resolve(undefined);
    assert.deepEqual([await renewed, await tokens.current()], ['of 2', 'of 2']);
  });

  it('is used on while the next is asked for, shortly before its end', async () => {
    const { tokens } = tokensOf(MINUTE, 60 * MINUTE);
    assert.equal(await tokens.current(), 'token 1');
    assert.equal(await tokens.current(), 'token 1');
    assert.equal(await tokens.current(), 'token 2');
  });

  it('is used to its end although no next one can be had, and then the failure is told', async () => {
    const { tokens } = tokensOf(MINUTE);
    assert.deepEqual([await tokens.current(), await tokens.current()], ['token 1', 'token 1']);
    const { tokens: short } = tokensOf(500);
    assert.equal(await short.current(), 'token 1');
    assert.equal((await rejection(short.current()))['code'], 'SERVER_ERROR');
  });
});
