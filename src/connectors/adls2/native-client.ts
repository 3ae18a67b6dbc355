/** Azure's clients from outside. No types of the Azure SDK: a user without it compiles. */

/** A `DataLakeFileSystemClient`, as far as it is used here. */
export interface NativeFileSystemClient {
  readonly name: string;
  readonly url: string;
}

/** A `DataLakeServiceClient`, as far as it is used here. One that is handed in is used as it is and never closed. */
export interface NativeAdlsClient {
  /** With the shared access signature, where that is the credential. */
  readonly url: string;
  getFileSystemClient(name: string): NativeFileSystemClient;
}
