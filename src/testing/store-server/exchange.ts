/** One request and its answer: log, faults, operation, reply. What the requests mean, a service knows. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CutOffError, drain } from './drain.ts';
import type { Fault, FaultMoment, Faults, SeenRequest } from './faults.ts';
import type { OpenEntry, OperationLog } from './operation-log.ts';
import { distort } from './reply-faults.ts';
import type { WrongChecksum } from './reply-faults.ts';
import type { Reply } from './reply.ts';
import { reset } from './reset.ts';
import { send } from './send.ts';

/** The least that a service knows of a request. */
export interface ServiceRequest {
  readonly operation: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The range it asks for. */
  readonly range: string | undefined;
}

/** What a service has of its own. */
export interface Service<I extends ServiceRequest, R extends SeenRequest> {
  /** Throws a refusal of its own. */
  readRequest(message: IncomingMessage): I;
  /** What a test may see of the request. */
  seen(request: I, nth: number): R;
  /** Begins the answer to one request. */
  answer(message: IncomingMessage): Answer<I>;
  readonly wrongChecksum: WrongChecksum;
}

/** The answer to one request, which has ids of its own. */
export interface Answer<I> {
  /** Verifies, receives the body and acts. Throws a refusal of its own. */
  act(request: I, call: Call): Promise<Reply>;
  /** The error that a fault asks for. */
  refusal(request: I, error: { status: number; code: string; message: string | undefined }): Reply;
  /** The reply to whatever was thrown. */
  replyTo(error: unknown, request: I | undefined): Reply;
  /** With the headers that every reply carries. */
  stamped(reply: Reply): Reply;
}

/** What acting needs of the request's way. */
export interface Call {
  readonly message: IncomingMessage;
  /** Counts bytes of the request's body. */
  readonly onBytes: (count: number) => void;
  /** Asks a client for the body that it holds back. */
  letBodyCome(): void;
  /** The request is complete: waits for the delays before acting. Rejects when the client left. */
  complete(): Promise<void>;
}

export interface Exchanges<I extends ServiceRequest, R extends SeenRequest> {
  readonly service: Service<I, R>;
  readonly faults: Faults<R>;
  readonly log: OperationLog<R>;
}

/** What belongs to one request. */
interface Exchange<I, R> {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly request: I;
  readonly seen: R;
  readonly entry: OpenEntry<R>;
  readonly matched: readonly Fault<R>[];
  readonly expectsContinue: boolean;
  readonly answer: Answer<I>;
  readonly wrongChecksum: WrongChecksum;
  /** Resolves when the answer is complete or the connection gone. */
  readonly gone: Promise<void>;
}

/** Never rejects. */
export async function exchange<I extends ServiceRequest, R extends SeenRequest>(
  { service, faults, log }: Exchanges<I, R>,
  message: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    response.once('close', resolve);
  });
  // A client that leaves shows in `gone`; without listeners it would end the process.
  response.on('error', () => undefined);
  message.on('error', () => undefined);
  const answer = service.answer(message);
  try {
    const request = service.readRequest(message);
    const entry = log.begin(request.operation, (nth) => service.seen(request, nth));
    response.once('close', () => log.end(entry, !response.writableFinished));
    const seen = service.seen(request, entry.nth);
    const matched = faults.match(seen, log.entries.length);
    const { wrongChecksum } = service;
    await converse({
      ...{ message, response, request, seen, entry, matched, expectsContinue, answer, wrongChecksum, gone },
    });
  } catch (error) {
    if (response.headersSent || response.destroyed) {
      message.socket.destroy();
      return;
    }
    const reply = bodyless(message, answer.stamped(answer.replyTo(error, undefined)));
    await send(message, response, reply, { faults: [], onBytes: () => undefined, gone });
  }
}

async function converse<I extends ServiceRequest, R>(x: Exchange<I, R>): Promise<void> {
  for (const fault of x.matched) {
    if (!('call' in fault.action)) continue;
    fault.fire();
    await fault.action.call(x.seen);
  }
  if (await interrupted(x, 'before')) return;
  const reply = await replyOf(x);
  x.entry.status = reply.status;
  await pause(x, 'after');
  if (await interrupted(x, 'after')) return;
  if (x.response.destroyed) return;
  const whole = bodyless(x.message, x.answer.stamped(reply));
  await send(x.message, x.response, distort(whole, x.matched, x.wrongChecksum), {
    faults: x.matched,
    onBytes(count) {
      x.entry.bytesOut += count;
    },
    gone: x.gone,
  });
}

const bodyless = ({ method }: IncomingMessage, reply: Reply): Reply =>
  method === 'HEAD' ? { ...reply, body: [] } : reply;

/** Resets and stalls around acting; true when there is nobody left to answer. */
async function interrupted<I, R>(x: Exchange<I, R>, moment: FaultMoment): Promise<boolean> {
  for (const fault of x.matched) {
    const { action } = fault;
    if ('reset' in action && action.reset === moment) {
      fault.fire();
      reset(x.message.socket);
      return true;
    }
    if ('stall' in action && action.stall === moment) {
      fault.fire();
      await Promise.race([fault.released, x.gone]);
    }
  }
  return x.response.destroyed;
}

/** Waits for the delays and holds of that moment. */
async function pause<I, R>(x: Exchange<I, R>, moment: FaultMoment): Promise<void> {
  for (const fault of x.matched) {
    const { action } = fault;
    if (!('delayMs' in action || 'hold' in action) || (action.when ?? 'before') !== moment) continue;
    fault.fire();
    await ('hold' in action ? Promise.race([action.hold, x.gone]) : delay(action.delayMs, x.gone));
  }
}

function delay(ms: number, gone: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void gone.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The reply to a request; every refusal is a reply too. Rejects when the client leaves. */
async function replyOf<I extends ServiceRequest, R>(x: Exchange<I, R>): Promise<Reply> {
  try {
    const refusal = x.matched.find(({ action }) => 'status' in action || 'errorInBody' in action);
    if (refusal !== undefined) return await refuse(x, refusal);
    return await x.answer.act(withoutIgnoredRange(x), callOf(x));
  } catch (error) {
    await letClientListen(x);
    return x.answer.replyTo(error, x.request);
  }
}

function callOf<I, R>(x: Exchange<I, R>): Call {
  return {
    message: x.message,
    onBytes: countIn(x),
    letBodyCome() {
      if (x.expectsContinue) x.response.writeContinue();
    },
    async complete() {
      await pause(x, 'before');
      if (x.response.destroyed) throw new CutOffError();
    },
  };
}

async function refuse<I, R>(x: Exchange<I, R>, fault: Fault<R>): Promise<Reply> {
  const { action } = fault;
  if (!('status' in action || 'errorInBody' in action)) throw new TypeError('not a refusal');
  await letClientListen(x);
  await pause(x, 'before');
  fault.fire();
  const { code, message } = 'status' in action ? action : action.errorInBody;
  const [status, headers] = 'status' in action ? [action.status, action.headers] : [200, {}];
  const reply = x.answer.refusal(x.request, { status, code, message });
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

function withoutIgnoredRange<I extends ServiceRequest, R>({ request, matched }: Exchange<I, R>): I {
  const fault = matched.find(({ action }) => 'ignoreRange' in action);
  if (fault === undefined || request.range === undefined) return request;
  fault.fire();
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== 'range'));
  return { ...request, headers, range: undefined };
}

/** Reads what is left of the body: a client that is still sending might miss the answer. */
async function letClientListen<I, R>(x: Exchange<I, R>): Promise<void> {
  if (x.message.readableEnded || x.response.destroyed) return;
  if (x.expectsContinue) {
    // The client waits to be asked for its body; it is not asked, and the connection is of no use afterwards.
    x.response.shouldKeepAlive = false;
    return;
  }
  await drain(x.message, countIn(x)).catch(() => undefined);
}

const countIn =
  <I, R>({ entry }: Exchange<I, R>): ((count: number) => void) =>
  (count) => {
    entry.bytesIn += count;
  };
