export { AsicError } from './errors.ts';
export { signAsic, type DataObject, type SignAsicOptions } from './sign.ts';
export { verifyAsic, type AsicReport } from './verify.ts';
