/** A server that is wrong in one thing: between the checks and ours, something changes what is asked or answered. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Broken } from '../../broken.ts';
import { ownService } from '../../subjects/s3-local.ts';
import { s3ServerSubject } from '../../subjects/s3-servers.ts';
import type { SpoilClient } from '../../subjects/s3-servers.ts';

export type BrokenServer = Broken<SpoilClient>;

type Fields = Record<string, unknown>;
/** Asks the server behind, and gives its answer. */
type Ask = (input: Fields) => Promise<Fields>;
type Instead = (input: Fields, ask: Ask, rightful: S3Client) => Promise<Fields>;

/** Answers the requests of some names otherwise. */
export function instead(names: readonly string[], answer: Instead): SpoilClient {
  return (client, rightful) => {
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          if (!names.some((name) => commandName === `${name}Command`)) return next(args);
          const ask: Ask = async (input) => (await next({ ...args, input })).output as unknown as Fields;
          return { output: (await answer({ ...args.input }, ask, rightful)) as never, response: undefined };
        },
      { step: 'initialize', priority: 'high' },
    );
    return client;
  };
}

/** Never hears of one field. */
export function deafTo(request: string, field: string): SpoilClient {
  return instead([request], (input, ask) => {
    const heard = Object.entries(input).filter(([name]) => name !== field);
    return ask(Object.fromEntries(heard));
  });
}

/** Answers with something else in some fields. */
export function saying(names: readonly string[], change: (answer: Fields) => Fields): SpoilClient {
  return instead(names, async (input, ask) => {
    const answer = await ask(input);
    return { ...answer, ...change(answer) };
  });
}

/** Takes a refusal by this code for none. */
export function forgiving(name: string, code: string): SpoilClient {
  return instead([name], async (input, ask) => {
    try {
      return await ask(input);
    } catch (error) {
      if (error instanceof Error && error.name === code) return { $metadata: { httpStatusCode: 200 } };
      throw error;
    }
  });
}

export function brokenServerSubject(name: string, spoil: SpoilClient) {
  return s3ServerSubject(name, ownService, {}, spoil);
}
