/** Identifiers of organisations in both forms (edXML §9). */

const shape = /^[0-9A-Z]{1,13}(?:[.][0-9A-Z]{1,5}){0,7}$/;

/** White space and letter case do not tell codes apart. */
export function normaliseOrganId(code: string): string {
  return code.replace(/\s+/g, '').toUpperCase();
}

/** Whether a code has a shape that is in use; test systems such as `vxp.saas.03` have one too. */
export function isOrganId(code: string): boolean {
  return code.length <= 35 && shape.test(normaliseOrganId(code));
}

/** `000.00.11.H53` to `H53.11` (Decision 20/2020): top level first, empty groups at the end left out. */
export function toDecision20(code102: string): string | null {
  const groups = /^(\d{3})\.(\d{2})\.(\d{2})\.([A-Z]{1,2}\d{1,2})$/.exec(normaliseOrganId(code102));
  if (!groups) return null;
  const [, sub, unit, department, top] = groups as unknown as [string, string, string, string, string];
  const rest = [department, unit, sub];
  while (rest.length > 0 && /^0+$/.test(rest.at(-1) as string)) rest.pop();
  return [top, ...rest].join('.');
}

/**
 * `H53.11` to `000.00.11.H53` (QCVN 102:2016), where the groups fit the thirteen characters and lead back to the same
 * code: `H53.1` may be another body than `H53.01`, so it has no equivalent.
 */
export function toQcvn102(code: string): string | null {
  const own = normaliseOrganId(code);
  const [top, department = '00', unit = '00', sub = '000', ...more] = own.split('.');
  if (top === undefined || more.length > 0) return null;
  const long = `${sub}.${unit}.${department}.${top}`;
  return toDecision20(long) === own ? long : null;
}

/** The code as it stands and its other form, where it has one: both name the same body. */
export function equivalentCodes(code: string): readonly string[] {
  const own = normaliseOrganId(code);
  const other = toDecision20(own) ?? toQcvn102(own);
  return other === null || other === own ? [own] : [own, other];
}

/** The document identifier in use: `000.00.00.G22,2015/09/30,7816/VPCP-TTĐT`. @param date yyyy-MM-dd */
export function documentIdOf(issuerCode: string, date: string, number: string, notation: string): string {
  return `${issuerCode},${date.replaceAll('-', '/')},${number}/${notation}`.normalize('NFC');
}
