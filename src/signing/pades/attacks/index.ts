export { attacksAfterSigning } from './after.ts';
export { preparedAttacks } from './before.ts';
export { attacksByHand } from './byHand.ts';
export { attacksOnContainer } from './bytes.ts';
export { signingOffice, unsignedLetter } from './chain.ts';
export { authorityAt, extend, signedLetter } from './office.ts';
