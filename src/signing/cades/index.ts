export { signCades, type SignCmsOptions } from './sign.ts';
export { CadesError, verifyCades, type CadesReport, type VerifyCadesOptions } from './verify.ts';
