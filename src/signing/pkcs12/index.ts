export { defaultPkcs12Limits, readPkcs12, type Pkcs12, type Pkcs12Limits } from './read.ts';
export { writePkcs12, type WritePkcs12Input } from './write.ts';
