import { permittedFrom, type Change } from './diff/index.ts';
import { isLocked, type Restriction } from './restrictions.ts';

/**
 * Whether a signature permits a later change: the whitelist, its certification level (DocMDP) and the fields it
 * locks (FieldMDP).
 */
export function permits(restriction: Restriction, change: Change): boolean {
  const from = permittedFrom[change.kind];
  if (from === 'never') return false;
  if (from === 1) return true;
  if (restriction.unknown !== undefined || restriction.docMdp === 1) return false;
  if (from === 'uncertified') return restriction.docMdp === undefined;
  const touchesField = change.kind === 'field-filled' || change.kind === 'signature-added';
  return !(touchesField && isLocked(restriction, change.field ?? ''));
}
