import type { Level } from './types.ts';

/** Digits and letters in groups, at most 35 characters (Decision 20/2020; QCVN 102:2016; forms seen in the wild). */
const shape = /^[0-9A-Z]{1,13}([.][0-9A-Z]{1,13}){0,7}$/;

export function isCode(code: string): boolean {
  return code.length <= 35 && shape.test(code.toUpperCase());
}

/** White space and letter case do not tell codes apart. */
export function normaliseCode(code: string): string {
  return code.replace(/\s+/g, '').toUpperCase();
}

/** What the code alone says about the level: G ministries and central bodies, H provinces, by groups. */
export function levelOf(code102: string): Level {
  const groups = code102.split('.');
  const top = groups.at(-1) ?? '';
  const depth = groups.slice(0, -1).filter((group) => !/^0+$/.test(group)).length;
  if (/^G\d/i.test(top)) return depth === 0 ? 'ministry' : 'unit';
  if (/^H\d/i.test(top)) {
    if (depth === 0) return 'province';
    const [unit, department] = [Number(groups.at(-3)), Number(groups.at(-2))];
    if (depth === 1) return department >= 20 ? 'district' : 'department';
    return department >= 20 && unit >= 20 ? 'commune' : 'unit';
  }
  return 'other';
}
