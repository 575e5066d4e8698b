export { RemoteError } from './errors.ts';
export { remoteSigner, type RemoteOptions } from './signer.ts';
