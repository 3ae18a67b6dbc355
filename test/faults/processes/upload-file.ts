/** A client that uploads a file, in a process of its own, which runs to its end unless somebody kills it. */
import { s3 } from '../../../src/connectors/registry.ts';
import type { S3Settings } from '../../../src/connectors/s3/index.ts';
import type { UploadFileOptions } from '../../../src/connectors/s3/index.ts';

/** What is uploaded, and where to. */
export interface FileUpload {
  readonly path: string;
  readonly bucket: string;
  readonly key: string;
  readonly config: S3Settings;
  readonly options: UploadFileOptions;
}

const { path, bucket, key, config, options } = JSON.parse(process.argv[2] ?? '{}') as FileUpload;
await s3.client('default', config).uploadFile(path, bucket, key, options);
process.exit();
