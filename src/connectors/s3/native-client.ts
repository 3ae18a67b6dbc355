/** An AWS client from outside. No types of the AWS SDK: a user without it compiles. */

/** An AWS `S3Client`, as far as it is used here. One that is handed in is used as it is and never closed. */
export interface NativeS3Client {
  send(command: never, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>;
}
