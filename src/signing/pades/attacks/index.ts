export { attacksAfterSigning, type Attack } from './after.ts';
export { preparedAttacks, type PreparedAttack } from './before.ts';
export { attacksByHand } from './byHand.ts';
export { attacksOnContainer } from './bytes.ts';
export { sampleDraft, signingOffice, unsignedLetter, type SigningOffice } from './chain.ts';
