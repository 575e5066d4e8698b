export { ZipError, type ZipErrorCode } from './errors.ts';
export { defaultZipLimits, type ZipLimits } from './limits.ts';
export { listZip, looksLikeZip, readZipEntry, unwrapSingle, type ZipEntry } from './read.ts';
export { zipSingle } from './write.ts';
export { zipFiles, type ZipSource } from './writeMany.ts';
