/** Test doubles that speak the real protocols: for this package's tests and for users' own pipelines. */
export * from './adls-server/index.ts';
export * from './chaos-proxy/index.ts';
export * from './postgres/index.ts';
export * from './s3-server/index.ts';
