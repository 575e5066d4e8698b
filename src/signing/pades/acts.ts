import { hasSignatures, type PdfSignatureOptions } from './prepare.ts';

type Options = Omit<PdfSignatureOptions, 'digestAlgorithm'>;

interface Act {
  readonly signingTime: Date;
  /** Full name, as it is printed. */
  readonly signerName: string;
  /** PNG of the handwritten signature; one is made from the name if it is absent. */
  readonly picture?: Uint8Array;
  readonly reserve?: number;
}

const common = ({ signingTime, signerName, reserve }: Act): Pick<Options, 'signingTime' | 'signerName'> => ({
  signingTime,
  signerName,
  ...(reserve === undefined ? {} : { reserve }),
});

const handwriting = ({ picture, signerName }: Act): Options['appearance'] =>
  picture === undefined ? { kind: 'handwriting', name: signerName } : { kind: 'image', png: picture };

/** The first signature certifies: from then on only filling and signing (DocMDP 2). */
const certifying = (pdf: Uint8Array): Pick<Options, 'docMdp'> => (hasSignatures(pdf) ? {} : { docMdp: 2 });

/** Whose initials: the drafter's after the last word of the text, or those of the head of the drafting unit. */
export type InitialsField = 'ky_nhay' | 'ky_nhay_don_vi';

/** Ký nháy: initials under what the signer answers for (Decree 30/2020 Art. 11); they certify if they come first. */
export function initialsSignature(
  pdf: Uint8Array,
  act: Act & { readonly field?: InitialsField | undefined },
): Options {
  const { field = 'ky_nhay' } = act;
  return {
    ...common(act),
    ...certifying(pdf),
    field,
    appearance: handwriting({
      ...act,
      signerName: act.signerName.split(' ').at(-1) ?? act.signerName,
    }) as NonNullable<Options['appearance']>,
    reason: field === 'ky_nhay' ? 'Ký nháy của người soạn thảo' : 'Ký nháy của đơn vị soạn thảo',
  };
}

/** What is still open after the competent person has signed. */
const afterOfficer = ['so_ky_hieu', 'ngay_ban_hanh', 'ky_co_quan'];

/**
 * The competent person's signature: certifies if it is the first, and locks every field but number, date and the
 * organisation's signature.
 */
export function officerSignature(pdf: Uint8Array, act: Act): Options {
  return {
    ...common(act),
    ...certifying(pdf),
    fieldMdp: { action: 'Exclude', fields: afterOfficer },
    field: 'ky_nguoi_co_tham_quyen',
    appearance: handwriting(act) as NonNullable<Options['appearance']>,
    reason: 'Ký ban hành',
  };
}

export interface SealAct {
  readonly signingTime: Date;
  /** Name of the organisation. */
  readonly organisation: string;
  /** The body above, on the lower arc of the drawn seal. */
  readonly superior?: string;
  /** As printed: `274/QĐ-TTg`. */
  readonly number: string;
  /** As printed, without the place: `ngày 12 tháng 3 năm 2019`. */
  readonly date: string;
  /** PNG of the seal in its real size; one is drawn if it is absent. */
  readonly picture?: Uint8Array;
  readonly reserve?: number;
}

/** Number, date and seal in one revision; the organisation's signature locks every field (FieldMDP All). */
export function organisationSignature(act: SealAct): Options {
  const { signingTime, organisation, superior, number, date, picture, reserve } = act;
  return {
    field: 'ky_co_quan',
    signingTime,
    signerName: organisation,
    appearance:
      picture === undefined
        ? { kind: 'seal', upper: organisation, ...(superior === undefined ? {} : { lower: superior }) }
        : { kind: 'image', png: picture },
    fill: { so_ky_hieu: number, ngay_ban_hanh: date },
    fieldMdp: { action: 'All' },
    reason: 'Phát hành văn bản',
    ...(reserve === undefined ? {} : { reserve }),
  };
}
