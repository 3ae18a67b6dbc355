/** What stores other than AWS need, as named defaults beneath a profile's own settings. No quirk without its source. */
import type { Layer } from '../../config/layer.ts';

export const S3_PRESET_NAMES = ['r2', 'gcs', 'b2', 'minio', 'ovh'] as const;

/** By the setting `preset`. */
export const s3Presets: Readonly<Record<(typeof S3_PRESET_NAMES)[number], Layer>> = {
  r2: {
    // developers.cloudflare.com/r2/api/s3/api, "Bucket region".
    region: 'auto',
    transfer: {
      // The same page, "Checksum types": of CRC-32 the composite type alone.
      checksum: 'crc32-composite',
      // developers.cloudflare.com/r2/objects/multipart-objects: "All parts except the last one must be the same size."
      equalParts: true,
    },
  },
  gcs: {
    // As Google's own examples for S3 clients, and github.com/dataelement/Clawith/pull/634.
    region: 'auto',
    transfer: {
      // `ExcessHeaderValues`: github.com/milvus-io/milvus-storage/pull/480.
      checksum: 'none',
      // cloud.google.com/storage/docs/request-preconditions: If-None-Match is for requests that retrieve data.
      conditionalWrites: false,
    },
  },
  b2: {
    transfer: {
      // backblaze.com/docs/cloud-storage-s3-compatible-api, "Unsupported features"; github.com/vatesfr/xen-orchestra/issues/8358 for reads.
      checksum: 'none',
      // 501 NotImplemented: github.com/sathinduga/obsidian-s3-sync-and-backup/pull/84.
      conditionalWrites: false,
    },
  },
  minio: {
    // Its servers are asked by address; virtual hosts need MINIO_DOMAIN. As rclone does (backend/s3/provider/Minio.yaml).
    addressingStyle: 'path',
    // CRC-32 of the whole of an upload in parts: github.com/minio/minio/issues/20944, github.com/pgsty/silo/issues/31.
    transfer: { checksum: 'crc32-composite' },
  },
  ovh: {
    // github.com/ovh/public-cloud-roadmap/issues/781, github.com/earth-mover/icechunk/pull/2115.
    transfer: { checksum: 'none' },
  },
};
