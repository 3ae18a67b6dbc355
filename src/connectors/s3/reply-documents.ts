/**
 * Answers that are documents, taken in here before the SDK parses them: never more than a bound, and none with a
 * document type, whose entities a parser might expand and whose length one parser takes quadratic time for.
 */
import { Readable } from 'node:stream';
import { connectorError } from '../../errors.ts';

const MIB = 1024 * 1024;
/** 1,000 keys of 1,024 bytes, three characters each when URL-encoded, with what is told of each. */
const LARGEST_ANSWER = 4 * MIB;
const LARGEST_ERROR = 1 * MIB;

/** A command of the SDK, as far as it is used here. */
interface Command {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: object) => Promise<Deserialized>) => (args: object) => Promise<Deserialized>,
      options: { readonly step: 'deserialize'; readonly priority: 'low'; readonly name: string },
    ): void;
  };
}

interface Deserialized {
  readonly response: unknown;
}

interface Response {
  readonly statusCode: number;
  body: unknown;
}

/**
 * Bounds what the command's answer may be.
 *
 * @param hasStream - A success of it is no document but the bytes that were asked for; only its errors are bounded.
 */
export function boundDocuments(command: object, hasStream: boolean): void {
  // Next to the wire: nothing of the SDK has read the body yet.
  (command as Command).middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as Response;
      if (response.statusCode >= 300) response.body = await errorDocument(response.body);
      else if (!hasStream) response.body = await answerDocument(response.body);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'sluice-documents' },
  );
}

async function answerDocument(body: unknown): Promise<unknown> {
  if (!isStream(body)) return body;
  const document = await collect(body, LARGEST_ANSWER);
  if (document !== undefined && !hasDocumentType(document)) return streamOf(document);
  const what = document === undefined ? `more than ${LARGEST_ANSWER} bytes` : 'a document type';
  throw connectorError('SERVER_ERROR', `S3 answered with ${what}, which is none of its documents`, {
    retryable: false,
  });
}

/** Without its document an error still has its status. */
async function errorDocument(body: unknown): Promise<unknown> {
  if (!isStream(body)) return body;
  const document = await collect(body, LARGEST_ERROR);
  return streamOf(document === undefined || hasDocumentType(document) ? undefined : document);
}

const isStream = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

/** All of it, or undefined where it is larger; then what is left is not read. */
async function collect(body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Markup, wherever it stands: in text its `<` would be escaped. */
const hasDocumentType = (document: Buffer): boolean => /<!doctype/i.test(document.toString('latin1'));

/** Not the bytes themselves: versions of the SDK look for an error within a success in streams alone. */
const streamOf = (document: Buffer | undefined): Readable =>
  Readable.from(document === undefined ? [] : [document], { objectMode: false });
