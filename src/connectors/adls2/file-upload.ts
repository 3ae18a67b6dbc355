/**
 * One file being written, for the core's part driver: appended to a temporary path beside its own, flushed there, and
 * renamed. The rename is the one commit; until it, whatever was at the path is untouched.
 */
import { randomUUID } from 'node:crypto';
import { mayHaveHappened } from '../../core/commit-settlement.ts';
import type { CommitSettlement } from '../../core/commit-settlement.ts';
import type { PartBody, PartUpload } from '../../core/part-sink.ts';
import type { RetryPolicy } from '../../core/retry.ts';
import type { Leftover } from '../../core/settlement.ts';
import { connectorError } from '../../errors.ts';
import type { ConnectorError, Outcome } from '../../errors.ts';
import { renameSettlement } from './commit-settlement.ts';
import { aboutPath, classifyAdlsError } from './errors.ts';
import { fileHeaders } from './file-headers.ts';
import type { FileDescription, FileHeaders } from './file-headers.ts';
import { requireHierarchy } from './namespace.ts';
import type { AdlsFileResult } from './path-info.ts';
import { checkReplaceable } from './replaceable.ts';
import type { AdlsRequests } from './requests.ts';
import { storedAt } from './stored-path.ts';
import type { PathTarget } from './target.ts';
import { temporaryName } from './temporary-name.ts';
import { removeTemporary } from './temporary-removal.ts';
import { within } from './within.ts';
import { appendBytes, createFile, flushFile, renameFile, storedPath } from './write-requests.ts';
import type { PublishCondition } from './write-requests.ts';

export interface FileUploadOptions {
  readonly connect: () => Promise<AdlsRequests>;
  readonly container: string;
  readonly path: string;
  readonly description: FileDescription;
  readonly condition: PublishCondition;
  /** Whether ADLS compares each append with its MD5. */
  readonly isChecked: boolean;
  readonly retry: RetryPolicy;
  /** Bounds of one request, in milliseconds: of any, of the rename, and of each within the clean-up. */
  readonly responseMs: number;
  readonly commitMs: number;
  readonly cleanupMs: number;
  readonly durationMs: () => number;
}

/** The state of one upload. */
export class FileUpload implements PartUpload<AdlsFileResult> {
  readonly #options: FileUploadOptions;
  readonly #target: PathTarget;
  readonly #temporary: PathTarget;
  readonly #writeId = randomUUID();
  readonly #headers: FileHeaders;
  #parts = 0;
  /** Of the temporary path: answered with a failure it may be there (`unclear`), without an answer it may come yet. */
  #creation: 'none' | 'unanswered' | 'unclear' | 'made' = 'none';
  /** Of the file that was flushed, which it keeps when it is renamed. */
  #etag = '';
  #settlement: CommitSettlement<string> | undefined;

  constructor(options: FileUploadOptions) {
    const { container, path, description } = options;
    this.#options = options;
    this.#target = { container, path };
    this.#temporary = { container, path: temporaryName(path, randomUUID()) };
    this.#headers = fileHeaders(description, this.#writeId);
  }

  async begin(signal: AbortSignal): Promise<void> {
    const { connect, container, responseMs } = this.#options;
    const adls = await connect();
    await within(responseMs, (cut) => requireHierarchy(adls, container, cut), signal);
    const before = this.#creation;
    this.#creation = 'unanswered';
    try {
      await within(responseMs, (cut) => createFile(adls, this.#temporary, this.#headers, cut));
      this.#creation = 'made';
    } catch (error) {
      const failure = this.classify(error);
      // What is in the way of a repetition, by us or by the client, may be what it repeats.
      if (failure.code === 'ALREADY_EXISTS' && (await this.#isOurs(adls))) {
        this.#creation = 'made';
        return;
      }
      if (!mayHaveHappened(failure)) this.#creation = before;
      else if (failure.status !== undefined && before !== 'unanswered') this.#creation = 'unclear';
      throw failure;
    }
  }

  async part({ index, offset, bytes }: PartBody, signal: AbortSignal): Promise<void> {
    const { connect, isChecked } = this.#options;
    const adls = await connect();
    await appendBytes(adls, this.#temporary, { offset, bytes, isChecked }, signal);
    this.#parts = Math.max(this.#parts, index + 1);
  }

  async seal(bytes: number, signal: AbortSignal): Promise<void> {
    const { connect, condition, responseMs } = this.#options;
    const adls = await connect();
    await within(responseMs, (cut) => flushFile(adls, this.#temporary, bytes, this.#headers, cut), signal);
    // The ETag in a flush's answer need not be the one that the file has then.
    const { size, etag } = await within(responseMs, (cut) => storedPath(adls, this.#temporary, cut), signal);
    if (size !== bytes) throw connectorError('SERVER_ERROR', `ADLS holds ${size} bytes of ${bytes} that were flushed`);
    this.#etag = etag;
    await checkReplaceable(adls, this.#target, { condition, responseMs }, signal);
  }

  async commit(bytes: number, signal: AbortSignal): Promise<AdlsFileResult> {
    const { connect, container, path, condition, commitMs, durationMs } = this.#options;
    const adls = await connect();
    const etag = this.#etag;
    const settlement = (this.#settlement ??= this.#settle(adls));
    const rename = (cut: AbortSignal) => renameFile(adls, { ...this.#temporary, etag }, path, condition, cut);
    const send = () => within(commitMs, rename, signal).then(() => etag);
    const committed = await settlement.send(send, signal);
    return { container, path, etag: committed, bytes, parts: this.#parts, durationMs: durationMs() };
  }

  async abort(signal: AbortSignal, outcome: Outcome): Promise<Leftover | undefined> {
    const { connect, cleanupMs } = this.#options;
    // A rename that may still happen needs its source, and can be repeated from it.
    if (outcome === 'unknown') return this.leftover();
    if (this.#creation === 'none') return undefined;
    const removal = await removeTemporary(await connect(), this.#temporary, cleanupMs, signal);
    if (removal === 'refused') return this.leftover();
    if (removal === 'removed') return undefined;
    // It may come yet; or it was renamed after all, since nobody else removes it.
    return this.#creation === 'unanswered' || this.#settlement !== undefined ? this.leftover() : undefined;
  }

  leftover(): Leftover | undefined {
    if (this.#creation === 'none') return undefined;
    const { container, path } = this.#target;
    return { container, path, temporaryPath: this.#temporary.path };
  }

  classify(error: unknown): ConnectorError {
    const { container, path, condition } = this.#options;
    const intent = condition.ifMatch === undefined ? 'write' : 'replace';
    return aboutPath(classifyAdlsError(error, intent), container, path);
  }

  async #isOurs(adls: AdlsRequests): Promise<boolean> {
    const found = await storedAt(adls, this.#temporary, this.#options.responseMs);
    return found?.writeId === this.#writeId;
  }

  #settle(adls: AdlsRequests): CommitSettlement<string> {
    const { retry, responseMs } = this.#options;
    return renameSettlement({
      ...{ adls, source: this.#temporary, destination: this.#target, writeId: this.#writeId, retry, responseMs },
      classify: (error) => this.classify(error),
    });
  }
}
