import type { GrantedCapacity } from './contract.ts';

/** "" signs in one's own name, TM. in the name of a collective. */
export type Capacity = '' | 'TM.' | GrantedCapacity;

/** What must be true of whoever signs in a capacity. */
export interface CapacityRule {
  /** The post alone is enough, or a decision must name the person. */
  readonly source: 'post' | 'grant';
  /** Which post it takes on the day of signing. */
  readonly holder: 'head-of-organisation' | 'deputy' | 'head-of-unit' | 'unit-leadership';
  /** Only bodies that decide together. */
  readonly collectiveOnly: boolean;
  /** The decision must name a last day. */
  readonly needsEnd: boolean;
  /** The decision must name what may be signed. */
  readonly needsScope: boolean;
  readonly clause: string;
}

/**
 * Decree 30/2020 Art. 13 as data. None of these may be handed on, but for TL., whose holder may let a deputy sign:
 * that deputy is named here with a decision of their own.
 */
export const capacityRules: Readonly<Record<Capacity, CapacityRule>> = {
  '': {
    source: 'post',
    holder: 'head-of-organisation',
    collectiveOnly: false,
    needsEnd: false,
    needsScope: false,
    clause: 'khoản 1 Điều 13 Nghị định 30/2020/NĐ-CP',
  },
  'TM.': {
    source: 'post',
    holder: 'head-of-organisation',
    collectiveOnly: true,
    needsEnd: false,
    needsScope: false,
    clause: 'khoản 2 Điều 13 Nghị định 30/2020/NĐ-CP',
  },
  'KT.': {
    source: 'grant',
    holder: 'deputy',
    collectiveOnly: false,
    needsEnd: false,
    needsScope: false,
    clause: 'khoản 1 Điều 13 Nghị định 30/2020/NĐ-CP',
  },
  'TUQ.': {
    source: 'grant',
    holder: 'head-of-unit',
    collectiveOnly: false,
    needsEnd: true,
    needsScope: true,
    clause: 'khoản 3 Điều 13 Nghị định 30/2020/NĐ-CP',
  },
  'TL.': {
    source: 'grant',
    holder: 'unit-leadership',
    collectiveOnly: false,
    needsEnd: false,
    needsScope: false,
    clause: 'khoản 4 Điều 13 Nghị định 30/2020/NĐ-CP',
  },
  'Q.': {
    source: 'grant',
    holder: 'head-of-organisation',
    collectiveOnly: false,
    needsEnd: false,
    needsScope: false,
    clause: 'quyết định giao quyền cấp trưởng',
  },
};

/** How titles of deputies begin. */
const deputyTitles = /^(phó|thứ trưởng)(\s|$)/iu;
/** How bodies are called that decide together. */
const collectiveBodies = /^(UBND|Ủy ban|HĐND|Hội đồng|Ban Chấp hành|Ban Thường vụ|Ban Chỉ đạo)(\s|$)/iu;
export const isDeputyTitle = (title: string): boolean => deputyTitles.test(title.trim());
export const isCollectiveBody = (name: string): boolean => collectiveBodies.test(name.trim());

/** What a document from outside says of its signer. */
export interface PrintedSigner {
  /** As in the package: `KT.`, `KT. BỘ TRƯỞNG`, empty. */
  readonly competence: string;
  /** As printed, the signer's own post last. */
  readonly position: string;
  readonly organisation: string;
}

export interface CapacityFinding {
  readonly code: 'deputy-without-kt' | 'kt-not-deputy' | 'tm-not-collective' | 'tuq-deputy';
  readonly vi: string;
  readonly en: string;
}

const capacityOf = (text: string): Capacity =>
  (/^(TM|KT|TL|TUQ|Q)\s*\./iu.exec(text.trim())?.[1]?.toUpperCase().concat('.') ?? '') as Capacity;

/**
 * What a document from outside shows that does not agree with Art. 13. Their decisions are not known here: this says
 * what to ask about, and refuses nothing.
 */
export function capacityFindings(signer: PrintedSigner): CapacityFinding[] {
  const lines = signer.position.split(/\r?\n|\s\/\s/).map((line) => line.trim());
  const own = lines.findLast((line) => line !== '') ?? '';
  const capacity = capacityOf(signer.competence) || capacityOf(lines[0] ?? '');
  if (own === '') return [];
  const deputy = isDeputyTitle(own);
  if (capacity === '' && deputy)
    return [
      {
        code: 'deputy-without-kt',
        vi: `${own} là cấp phó nhưng ký không ghi “KT.”`,
        en: `${own} is a deputy but does not sign "KT."`,
      },
    ];
  if (capacity === 'KT.' && !deputy)
    return [
      {
        code: 'kt-not-deputy',
        vi: `ký thay (KT.) nhưng ${own} không phải cấp phó`,
        en: `signed for the head (KT.), but ${own} is no deputy`,
      },
    ];
  if (capacity === 'TM.' && signer.organisation !== '' && !isCollectiveBody(signer.organisation))
    return [
      {
        code: 'tm-not-collective',
        vi: `ký thay mặt tập thể (TM.) nhưng ${signer.organisation} làm việc theo chế độ thủ trưởng`,
        en: `signed for a collective (TM.), but ${signer.organisation} has a single head`,
      },
    ];
  if (capacity === 'TUQ.' && deputy)
    return [
      {
        code: 'tuq-deputy',
        vi: `ký thừa ủy quyền (TUQ.) nhưng ${own} không phải người đứng đầu đơn vị`,
        en: `signed by delegation (TUQ.), but ${own} heads no unit`,
      },
    ];
  return [];
}
