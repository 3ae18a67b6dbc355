/**
 * Decodes `aws-chunked` bodies: chunks with a size line and perhaps a signature, then trailers.
 * Amazon S3 API reference, "Transferring Payload in Multiple Chunks" (signed, and with trailing headers).
 */
import { createHash } from 'node:crypto';
import { hmacHex, scopeText, sha256Hex } from './canonical.ts';
import { S3Error } from './errors.ts';
import { sameText } from './sigv4.ts';
import type { Signature } from './sigv4.ts';

/** A size line or trailer line longer than this is an attack or a bug. */
const MAX_LINE_BYTES = 4096;
const EMPTY_SHA256 = sha256Hex('');

export interface AwsChunkedOptions {
  /** Present when the chunks are signed. */
  readonly signature: Signature | undefined;
  /** Whether trailers are announced. */
  readonly trailer: boolean;
  /** Least bytes of every chunk but the last. */
  readonly minChunkSize: number;
}

/** A push decoder: `write` gives payload to `onData`; `end` checks completeness and returns the trailers. */
export interface AwsChunkedDecoder {
  write(chunk: Buffer): void;
  end(): ReadonlyMap<string, string>;
}

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'done';

export function createAwsChunkedDecoder(options: AwsChunkedOptions, onData: (data: Buffer) => void): AwsChunkedDecoder {
  const trailers = new Map<string, string>();
  const chain = options.signature === undefined ? undefined : signatureChain(options.signature);
  let state: State = 'size';
  let line = '';
  let left = 0;
  let small = false;
  let chunkSignature = '';

  function readLine(text: string): void {
    switch (state) {
      case 'size':
        readSize(text);
        return;
      case 'data-end':
        if (text !== '') throw new S3Error('IncompleteBody');
        if (chain) chain.checkChunk(chunkSignature);
        state = 'size';
        return;
      case 'trailer':
        readTrailer(text);
        return;
      case 'data':
      case 'done':
        throw new S3Error('IncompleteBody');
    }
  }

  function readSize(text: string): void {
    const match = /^([0-9a-fA-F]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(text);
    if (match === null || (chain !== undefined && match[2] === undefined)) throw new S3Error('IncompleteBody');
    left = parseInt(match[1] ?? '', 16);
    chunkSignature = match[2] ?? '';
    if (left > 0) {
      if (small) throw new S3Error('InvalidChunkSizeError');
      small = left < options.minChunkSize;
      state = 'data';
    } else {
      if (chain) chain.checkChunk(chunkSignature);
      state = 'trailer';
    }
  }

  function readTrailer(text: string): void {
    if (text === '') {
      if (chain && options.trailer) chain.checkTrailers(trailers);
      state = 'done';
      return;
    }
    const colon = text.indexOf(':');
    if (colon < 1 || !options.trailer) throw new S3Error('MalformedTrailerError');
    trailers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
  }

  function readUntilLineEnd(chunk: Buffer, from: number): number {
    const newline = chunk.indexOf(10, from);
    line += chunk.toString('latin1', from, newline === -1 ? chunk.length : newline);
    if (line.length > MAX_LINE_BYTES) throw new S3Error('IncompleteBody');
    if (newline === -1) return chunk.length;
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    line = '';
    readLine(text);
    return newline + 1;
  }

  return {
    write(chunk) {
      let offset = 0;
      while (offset < chunk.length) {
        if (state === 'data') {
          const data = chunk.subarray(offset, offset + left);
          chain?.update(data);
          onData(data);
          offset += data.length;
          left -= data.length;
          if (left === 0) state = 'data-end';
        } else {
          offset = readUntilLineEnd(chunk, offset);
        }
      }
    },
    end() {
      if (state !== 'done') throw new S3Error('IncompleteBody');
      return trailers;
    },
  };
}

interface SignatureChain {
  update(data: Buffer): void;
  checkChunk(signature: string): void;
  checkTrailers(trailers: ReadonlyMap<string, string>): void;
}

/** Each signature covers the one before it, beginning with that of the headers. */
function signatureChain(seed: Signature): SignatureChain {
  let previous = seed.signature;
  let hash = createHash('sha256');
  const check = (kind: string, digests: readonly string[], given: string): void => {
    const text = [`AWS4-HMAC-SHA256-${kind}`, seed.time, scopeText(seed.scope), previous, ...digests].join('\n');
    const expected = hmacHex(seed.key, text);
    if (!sameText(expected, given)) throw new S3Error('SignatureDoesNotMatch', undefined, { StringToSign: text });
    previous = expected;
  };
  return {
    update: (data) => void hash.update(data),
    checkChunk(signature) {
      check('PAYLOAD', [EMPTY_SHA256, hash.digest('hex')], signature);
      hash = createHash('sha256');
    },
    checkTrailers(trailers) {
      const signed = [...trailers].filter(([name]) => name !== 'x-amz-trailer-signature');
      const text = signed.map(([name, value]) => `${name}:${value}\n`).join('');
      check('TRAILER', [sha256Hex(text)], trailers.get('x-amz-trailer-signature') ?? '');
    },
  };
}
